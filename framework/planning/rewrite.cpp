#include "cambium/framework/planning/rewrite.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/planning/fold.h"
#include "cambium/framework/planning/fuse.h"

namespace cambium {

namespace {

// Entries that may become one op: each the only reader of the one before, none observed, no output inside.
struct Chain {
  std::vector<int> entries;
  std::vector<LayerSpec> specs;
};

class Rewriter {
 public:
  Rewriter(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa, const Selection& selection,
           bool backward)
      : graph_(graph), weights_(weights), options_(options), isa_(isa), selection_(selection), backward_(backward) {}

  std::vector<ScheduledOp> run() {
    std::vector<bool> taken(graph_.entries().size(), false);
    for (int i = 0; i < static_cast<int>(graph_.entries().size()); ++i) {
      if (!selection_.computes(i) || taken[as_size(i)]) continue;
      Chain chain = chain_from(i);
      for (const Rule& rule : rules) {
        const int length = (this->*rule.length)(chain);
        if (length == 0) continue;
        chain.entries.resize(as_size(length)), chain.specs.resize(as_size(length));
        for (int j : chain.entries) taken[as_size(j)] = true;
        (this->*rule.make)(chain);
        break;
      }
    }
    return std::move(ops_);
  }

 private:
  // The first that applies: how many entries of the chain it takes, 0 for none; and what becomes of them.
  struct Rule {
    int (Rewriter::*length)(const Chain&) const;
    void (Rewriter::*make)(const Chain&);
  };
  static const Rule rules[4];

  const Graph::Entry& entry(int i) const { return graph_.entries()[as_size(i)]; }
  Mode mode_of(int i) const { return weights_.mode_of(i, options_.mode); }
  bool observed(int i) const { return selection_.observed[as_size(i)]; }
  // In evaluate mode with a backward pass every layer runs by itself; so does a layer that is held.
  bool may_fuse() const { return options_.fuse && !(options_.mode == Mode::evaluate && backward_); }

  std::vector<int> readers_of(int i) const {
    std::vector<int> readers;
    for (int j = i + 1; j < static_cast<int>(graph_.entries().size()); ++j)
      for (int input : entry(j).inputs)
        if (input == i && selection_.computes(j)) readers.push_back(j);
    return readers;
  }

  Chain chain_from(int i) const {
    constexpr std::size_t longest = 3;
    Chain chain{{i}, {}};
    const bool held = mode_of(i) != options_.mode;
    while (((may_fuse() && !held) || options_.fold) && chain.entries.size() < longest) {
      const int last = chain.entries.back();
      const std::vector<int> readers = readers_of(last);
      if (readers.size() != 1 || selection_.is_output(last) || observed(last) || observed(readers[0]) ||
          entry(readers[0]).inputs.size() != 1)
        break;
      chain.entries.push_back(readers[0]);
    }
    for (int j : chain.entries) chain.specs.push_back(graph_.spec(j, options_.batch, mode_of(j), isa_, backward_));
    return chain;
  }

  // ------------------------------------------------------------------------------------------------------------ rules

  // The largest of some values, and then relu: the same as relu first, and less to do.
  int may_swap_two(const Chain& chain) const {
    return may_fuse() && chain.specs.size() > 1 && may_swap(chain.specs[0].form, chain.specs[1].form) ? 2 : 0;
  }
  void swap_two(const Chain& chain) {
    const int relu = chain.entries[0], pool = chain.entries[1];
    ScheduledOp largest = op_of({{pool}, {chain.specs[1]}});
    set_layer(largest, entry(pool).layer, chain.specs[1]);
    largest.reads = entry(relu).inputs;
    largest.makes = relu;
    ScheduledOp positive = op_of({{relu}, {}});
    set_layer(positive, entry(relu).layer, plan_alone(*entry(relu).layer, largest.spec.out));
    positive.reads = {relu};
    positive.makes = pool;
    ops_.push_back(std::move(largest));
    ops_.push_back(std::move(positive));
  }

  // A linear layer with the normalization and the channel map behind it.
  int may_fold(const Chain& chain) const {
    const int length = options_.fold ? foldable(chain.specs) : 1;
    return length > 1 ? length : 0;
  }
  void fold(const Chain& chain) {
    std::vector<std::shared_ptr<const Layer>> layers;
    for (int i : chain.entries) layers.push_back(entry(i).layer);
    ScheduledOp op = op_of(chain);
    op.folded = true;
    const auto folded = std::make_shared<FoldedLinear>(std::move(layers), chain.specs);
    set_layer(op, folded, folded->plan({}));
    ops_.push_back(std::move(op));
  }

  // Normalization, a channel map, relu. It has no parameters of its own, and two buffers, as form::Normalize promises.
  int may_fuse_all(const Chain& chain) const {
    const bool bare = chain.specs[0].params.empty() && chain.specs[0].saved.size() >= 2;
    std::vector<const Form*> forms;
    for (const LayerSpec& spec : chain.specs) forms.push_back(&spec.form);
    const int length = may_fuse() && bare ? fusable(forms, entry(chain.entries[0]).shape.channels()) : 1;
    return length > 1 ? length : 0;
  }
  void fuse(const Chain& chain) {
    const auto& last = chain.specs.back().form;
    const auto* map = std::get_if<form::ChannelMap>(&chain.specs[1].form);
    ScheduledOp op = op_of(chain);
    const auto fused = std::make_shared<FusedNormalize>(
        entry(chain.entries[0]).layer, chain.specs[0], map ? entry(chain.entries[1]).layer : nullptr,
        map ? *map : form::ChannelMap{false, false}, std::holds_alternative<form::Pointwise>(last));
    set_layer(op, fused, plan_alone(*fused, entry(entry(chain.entries[0]).inputs[0]).shape));
    ops_.push_back(std::move(op));
  }

  int take_one(const Chain&) const { return 1; }
  void make_one(const Chain& chain) {
    ScheduledOp op = op_of(chain);
    set_layer(op, entry(chain.entries[0]).layer, chain.specs[0]);
    op.is_reshape = std::holds_alternative<form::Reshape>(op.spec.form);
    ops_.push_back(std::move(op));
  }

  // ------------------------------------------------------------------------------------------------------------ ops

  LayerSpec plan_alone(const Layer& layer, const Shape& in) const {
    return layer.plan({.in = {&in, 1}, .batch = options_.batch, .mode = options_.mode, .isa = isa_, .backward = backward_});
  }

  ScheduledOp op_of(const Chain& chain) const {
    ScheduledOp op;
    op.entries = chain.entries;
    op.reads = entry(chain.entries[0]).inputs;
    op.makes = chain.entries.back();
    op.mode = mode_of(chain.entries[0]);
    op.held = op.mode != options_.mode;
    op.observed = observed(chain.entries[0]);
    for (int i : chain.entries) {
      op.name += (op.name.empty() ? "" : " + ") + entry(i).name;
      for (int p : weights_.params_of(i)) op.params.push_back(p);
      for (int state : weights_.state_of(i)) op.states.push_back(state);
    }
    for (int p : op.params) op.trainable |= !weights_.ranges()[as_size(p)].settings.freeze;
    return op;
  }

  void set_layer(ScheduledOp& op, std::shared_ptr<const Layer> layer, LayerSpec spec) const {
    op.layer = std::move(layer);
    op.spec = std::move(spec);
    check(op);
  }

  // Blocks of weights are found by outputs, so that each must own as many values as the others.
  void check(const ScheduledOp& op) const {
    const int outputs = op.spec.param_outputs;
    if (op.spec.recurrence.ability && op.spec.recurrence.channels < 1)
      throw Error(fmt::format("layer '{}': a recurrence without channels", op.name), ".channels, at least 1");
    if (op.spec.output_split && outputs < 1)
      throw Error(fmt::format("layer '{}': an output split, but param_outputs is {}", op.name, outputs),
                  ".param_outputs, at least 1");
    for (int p : op.params) {
      const std::size_t size = weights_.ranges()[as_size(p)].size;
      if (outputs != 0 && (outputs < 0 || size % as_size(outputs) != 0))
        throw Error(fmt::format("layer '{}': {} values of {} cannot be shared by param_outputs = {}", op.name, size,
                                weights_.tensors()[as_size(p)].name, outputs),
                    ".param_outputs = 1");
    }
  }

  const Graph& graph_;
  const Weights& weights_;
  const PlanOptions& options_;
  Isa isa_;
  const Selection& selection_;
  bool backward_;
  std::vector<ScheduledOp> ops_;
};

const Rewriter::Rule Rewriter::rules[] = {{&Rewriter::may_swap_two, &Rewriter::swap_two},
                                          {&Rewriter::may_fold, &Rewriter::fold},
                                          {&Rewriter::may_fuse_all, &Rewriter::fuse},
                                          {&Rewriter::take_one, &Rewriter::make_one}};

}  // namespace

std::vector<ScheduledOp> make_ops(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa,
                                  const Selection& selection, bool backward) {
  return Rewriter(graph, weights, options, isa, selection, backward).run();
}

}  // namespace cambium
