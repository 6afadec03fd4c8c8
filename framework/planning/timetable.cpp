#include "cambium/framework/planning/timetable.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/planning/fold.h"
#include "cambium/framework/planning/fuse.h"
#include "cambium/framework/planning/placing.h"

namespace cambium {

namespace {

// Builds a timetable in the order of its member functions.
class Scheduler {
 public:
  Scheduler(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa)
      : graph_(graph), weights_(weights), options_(options), isa_(isa) {
    s_.has_backward = options.mode == Mode::train || options.backward;
  }

  Timetable run() {
    select_entries();
    mark_observed();
    make_passes();
    make_tensors();
    choose_gradients();
    make_stages();
    place(s_, weights_, options_);
    return std::move(s_);
  }

 private:
  const Graph::Entry& entry(int i) const { return graph_.entries()[static_cast<std::size_t>(i)]; }
  Mode mode_of(int i) const { return weights_.mode_of(i, options_.mode); }
  ScheduledTensor& tensor(int i) { return s_.tensors[static_cast<std::size_t>(i)]; }
  int passes() const { return static_cast<int>(s_.passes.size()); }

  // Which entries of the graph take part: those that the outputs depend on, back to the inputs, or to the input of `start`.
  void select_entries() {
    needed_.assign(graph_.entries().size(), false);
    outputs_ = options_.stop.empty() ? graph_.outputs() : std::vector<int>{graph_.find(options_.stop)};
    int start_input = -1;
    if (!options_.start.empty()) {
      const Graph::Entry& start = entry(graph_.find(options_.start));
      if (start.inputs.size() != 1)
        throw Error(fmt::format("start = '{}': it has {} inputs, and a pass can start at a layer with one", start.name,
                                start.inputs.size()),
                    "a layer with one input");
      start_input = start.inputs[0];
    }
    bool reached_start = start_input < 0;
    int by_another_way = -1;
    std::vector<int> open = outputs_;
    while (!open.empty()) {
      const int i = open.back();
      open.pop_back();
      if (needed_[static_cast<std::size_t>(i)]) continue;
      needed_[static_cast<std::size_t>(i)] = true;
      if (i == start_input) {
        reached_start = true;
        continue;
      }
      if (!entry(i).layer) by_another_way = i;
      open.insert(open.end(), entry(i).inputs.begin(), entry(i).inputs.end());
    }
    if (!reached_start)
      throw Error(fmt::format("start = '{}', stop = '{}': the one does not lead to the other", options_.start, options_.stop),
                  "a start that comes before the stop");
    if (start_input >= 0 && by_another_way >= 0)
      throw Error(
          fmt::format("start = '{}': the output depends on '{}' by another way too", options_.start, entry(by_another_way).name),
          "a later start, or an earlier stop");
    if (start_input >= 0)
      inputs_ = {start_input};
    else
      for (int i : graph_.inputs())
        if (needed_[static_cast<std::size_t>(i)] || options_.stop.empty())
          inputs_.push_back(i), needed_[static_cast<std::size_t>(i)] = true;
    for (int i : outputs_)
      if (!entry(i).layer || i == start_input)
        throw Error(fmt::format("'{}' is an input, not a layer", entry(i).name), "a layer to stop at");
  }

  bool is_input(int i) const { return std::find(inputs_.begin(), inputs_.end(), i) != inputs_.end(); }
  bool is_output(int i) const { return std::find(outputs_.begin(), outputs_.end(), i) != outputs_.end(); }

  void mark_observed() {
    observed_.assign(graph_.entries().size(), false);
    for (const std::string& name : options_.observe) {
      const int i = graph_.find(name);
      if (!entry(i).layer || !needed_[static_cast<std::size_t>(i)] || is_input(i))
        throw Error(fmt::format("observe = '{}': that layer does not run in this plan", name), "a layer between start and stop");
      observed_[static_cast<std::size_t>(i)] = true;
    }
  }

  // The entries that read entry i, in this plan.
  std::vector<int> readers_of(int i) const {
    std::vector<int> readers;
    for (int j = i + 1; j < static_cast<int>(graph_.entries().size()); ++j)
      if (needed_[static_cast<std::size_t>(j)] && !is_input(j))
        for (int input : entry(j).inputs)
          if (input == i) readers.push_back(j);
    return readers;
  }

  // The run of entries from i on that may become one pass: each the only reader of the one before, none observed, no output inside.
  std::vector<int> chain_from(int i) const {
    std::vector<int> chain{i};
    while (chain.size() < 3) {
      const int last = chain.back();
      const std::vector<int> readers = readers_of(last);
      if (readers.size() != 1 || is_output(last) || observed_[static_cast<std::size_t>(last)] ||
          observed_[static_cast<std::size_t>(readers[0])] || entry(readers[0]).inputs.size() != 1)
        break;
      chain.push_back(readers[0]);
    }
    return chain;
  }

  ScheduledPass pass_of(const std::vector<int>& run, std::vector<Needs> needs, bool folded) const {
    needs.resize(run.size());
    ScheduledPass pass;
    pass.entries = run;
    pass.reads = entry(run[0]).inputs;
    pass.makes = run.back();
    pass.folded = folded;
    pass.mode = mode_of(run[0]);
    pass.held = pass.mode != options_.mode;
    pass.observed = observed_[static_cast<std::size_t>(run[0])];
    if (run.size() == 1) {
      pass.layer = entry(run[0]).layer;
      pass.needs = needs[0];
      pass.is_reshape = std::holds_alternative<form::Reshape>(pass.needs.form);
    } else if (folded) {
      std::vector<std::shared_ptr<const Layer>> layers;
      for (int i : run) layers.push_back(entry(i).layer);
      pass.layer = std::make_shared<FoldedLinear>(std::move(layers), needs);
      pass.needs = pass.layer->plan({});
    } else {
      const bool has_map = std::holds_alternative<form::ChannelMap>(needs[1].form);
      const bool relu = std::holds_alternative<form::Pointwise>(needs[run.size() - 1].form);
      pass.layer = std::make_shared<FusedNormalize>(
          entry(run[0]).layer, std::get<form::Normalize>(needs[0].form), has_map ? entry(run[1]).layer : nullptr,
          has_map ? std::get<form::ChannelMap>(needs[1].form) : form::ChannelMap{false, false}, relu);
      pass.needs = plan_alone(*pass.layer, entry(entry(run[0]).inputs[0]).shape);
    }
    for (int i : run) {
      pass.name += (pass.name.empty() ? "" : " + ") + entry(i).name;
      for (int p : weights_.params_of(i)) pass.params.push_back(p);
      for (int st : weights_.state_of(i)) pass.states.push_back(st);
    }
    check_units(pass);
    for (int p : pass.params) pass.trainable |= !weights_.ranges()[static_cast<std::size_t>(p)].settings.freeze;
    return pass;
  }

  // Strips of weights are found by units, so that each must own as many values as the others.
  void check_units(const ScheduledPass& pass) const {
    if (pass.needs.coupling.per == Coupling::Per::channel && pass.needs.coupling.channels < 1)
      throw Error(fmt::format("layer '{}': Coupling::Per::channel without channels", pass.name), ".channels, at least 1");
    if (pass.needs.parts && (pass.needs.cut != GradientCut::outputs || pass.needs.gradient_units < 1))
      throw Error(fmt::format("layer '{}': parts, but nothing that is cut by outputs", pass.name), "GradientCut::outputs");
    if (pass.needs.cut != GradientCut::outputs) return;
    const int units = pass.needs.gradient_units;
    for (int p : pass.params) {
      const std::size_t size = weights_.ranges()[static_cast<std::size_t>(p)].size;
      if (units < 1 || size % static_cast<std::size_t>(units) != 0)
        throw Error(fmt::format("layer '{}': {} values of {} cannot be shared by gradient_units = {}", pass.name, size,
                                weights_.tensors()[static_cast<std::size_t>(p)].name, units),
                    ".gradient_units = 1");
    }
  }

  void make_passes() {
    const bool may_fuse = options_.fuse && !(options_.mode == Mode::evaluate && s_.has_backward);
    std::vector<bool> taken(graph_.entries().size(), false);
    for (int i = 0; i < static_cast<int>(graph_.entries().size()); ++i) {
      if (!needed_[static_cast<std::size_t>(i)] || is_input(i) || taken[static_cast<std::size_t>(i)]) continue;
      const bool held = mode_of(i) != options_.mode;  // evaluates, with a way back
      std::vector<int> chain = (may_fuse && !held) || options_.fold ? chain_from(i) : std::vector<int>{i};
      std::vector<Needs> needs;
      std::vector<const Form*> forms;
      for (int j : chain) needs.push_back(graph_.needs(j, options_.batch, mode_of(j), isa_, s_.has_backward));
      for (const Needs& n : needs) forms.push_back(&n.form);
      const bool bare = needs[0].params.empty() && needs[0].keep.size() >= 2;  // as the Normalize form promises
      if (may_fuse && chain.size() > 1 && may_swap(*forms[0], *forms[1])) {
        for (int j : {chain[0], chain[1]}) taken[static_cast<std::size_t>(j)] = true;
        push_swapped(chain[0], chain[1], needs);
        continue;
      }
      const int folded = options_.fold ? foldable(needs) : 1;
      const int fused = may_fuse && bare ? fusable(forms, entry(i).shape.channels()) : 1;
      chain.resize(static_cast<std::size_t>(std::max(folded, fused)));  // no layer is both Dense and Normalize
      for (int j : chain) taken[static_cast<std::size_t>(j)] = true;
      s_.passes.push_back(pass_of(chain, std::move(needs), folded > 1));
    }
  }

  // The largest of some values, and then relu: the same as relu first, and less to do.
  void push_swapped(int relu, int pool, const std::vector<Needs>& needs) {
    ScheduledPass largest = pass_of({pool}, {needs[1]}, false);
    largest.reads = entry(relu).inputs;
    largest.makes = relu;
    const Shape shape = largest.needs.out;
    ScheduledPass positive = pass_of({relu}, {plan_alone(*entry(relu).layer, shape)}, false);
    positive.reads = {relu};
    positive.makes = pool;
    s_.passes.push_back(std::move(largest));
    s_.passes.push_back(std::move(positive));
  }
  Needs plan_alone(const Layer& layer, const Shape& in) const {
    return layer.plan({.in = {&in, 1}, .batch = options_.batch, .mode = options_.mode, .isa = isa_, .backward = s_.has_backward});
  }

  void make_tensors() {
    std::vector<int> tensor_of(graph_.entries().size(), -1);
    for (int i : inputs_) {
      tensor_of[static_cast<std::size_t>(i)] = static_cast<int>(s_.tensors.size());
      s_.inputs.push_back(static_cast<int>(s_.tensors.size()));
      s_.tensors.push_back({.shape = entry(i).shape});
    }
    for (int p = 0; p < passes(); ++p) {
      ScheduledPass& pass = s_.passes[static_cast<std::size_t>(p)];
      for (int input : pass.reads) {
        const int t = tensor_of[static_cast<std::size_t>(input)];
        pass.in.push_back(t);
        tensor(t).readers.push_back(p);
        tensor(t).observed |= pass.observed;
      }
      pass.out = static_cast<int>(s_.tensors.size());
      tensor_of[static_cast<std::size_t>(pass.makes)] = pass.out;
      s_.tensors.push_back(
          {.shape = pass.needs.out, .producer = p, .source = pass.is_reshape ? pass.in[0] : -1, .observed = pass.observed});
    }
    for (int i : outputs_) {
      s_.outputs.push_back(tensor_of[static_cast<std::size_t>(i)]);
      tensor(s_.outputs.back()).is_output = true;
    }
  }

  // A gradient is wanted where somebody upstream has something to learn, or somebody is looking.
  void choose_gradients() {
    if (!s_.has_backward) return;
    for (int t : s_.inputs) tensor(t).wants_gradient = options_.input_gradient || tensor(t).observed;
    for (ScheduledPass& pass : s_.passes) {
      bool upstream = pass.observed;
      for (int t : pass.in) upstream |= tensor(t).wants_gradient;
      if (pass.observed)
        for (int t : pass.in) tensor(t).wants_gradient = true;
      pass.goes_back = upstream || pass.trainable;
      tensor(pass.out).wants_gradient = pass.goes_back;
    }
  }

  void make_stages() {
    std::vector<std::size_t> values_read;
    for (const ScheduledPass& pass : s_.passes) {
      std::size_t values = 0;
      for (int t : pass.in) values += static_cast<std::size_t>(tensor(t).shape.size());
      values_read.push_back(values);
    }
    s_.stages = cambium::make_stages(s_.passes, values_read, s_.has_backward);
  }

  const Graph& graph_;
  const Weights& weights_;
  const PlanOptions& options_;
  Isa isa_;
  Timetable s_;
  std::vector<bool> needed_, observed_;
  std::vector<int> inputs_, outputs_;  // entries
};

}  // namespace

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa) {
  return Scheduler(graph, weights, options, isa).run();
}

}  // namespace cambium
