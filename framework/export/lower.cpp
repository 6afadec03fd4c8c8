#include "cambium/framework/export/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/export/fold_maps.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/framework/planning/select.h"

namespace cambium {
namespace {

using namespace inference;

// y = (x + before) scale + after, without what changes nothing.
Map tidy(Map map) {
  const auto drop = [](std::vector<double>& values, double nothing) {
    if (std::all_of(values.begin(), values.end(), [&](double value) { return value == nothing; })) values.clear();
  };
  drop(map.before, 0), drop(map.scale, 1), drop(map.after, 0);
  return map;
}

// `second` behind `first` as one map; nothing where it would need two numbers before the scale.
std::optional<Map> joined(const Map& first, const Map& second) {
  if (first.channels != second.channels || !second.before.empty()) return std::nullopt;
  const auto at = [](const std::vector<double>& values, std::size_t c, double none) { return values.empty() ? none : values[c]; };
  Map map{first.channels, first.before, {}, {}};
  for (std::size_t c = 0; c < as_size(map.channels); ++c) {
    const double scale = at(second.scale, c, 1);
    map.scale.push_back(at(first.scale, c, 1) * scale);
    map.after.push_back(at(first.after, c, 0) * scale + at(second.after, c, 0));
  }
  return map;
}

// One layer of the graph, with its numbers.
class LayerInUse {
 public:
  LayerInUse(const Graph& graph, const Weights& weights, int index)
      : entry_(graph.entries()[as_size(index)]),
        weights_(weights),
        index_(index),
        in_(graph.entries()[as_size(entry_.inputs[0])].shape),
        spec_(graph.spec(index, 1, Mode::evaluate, Isa::portable, false)) {}

  // The layer's operations, one after the other; where it is several maps side by side, those of each.
  std::vector<std::vector<What>> branches() const {
    const auto* const maps = spec_.exported ? std::get_if<form::HeldMaps>(&spec_.exported->what) : nullptr;
    if (!maps) return {ops()};
    std::vector<std::vector<What>> all;
    for (const double bound : maps->bounds) all.push_back(held(maps->channels, bound, all.size()));
    return all;
  }

  [[noreturn]] void refuse(const std::string& why) const {
    const std::string fields = entry_.layer->describe().fields_str();
    throw Error(fmt::format("layer {} {}{}: cannot be exported, {}", entry_.number, entry_.name,
                            fields.empty() ? "" : " (" + fields + ")", why),
                "a LayerSpec::form or LayerSpec::exported that says it, or a layer of this library");
  }

 private:
  std::vector<What> ops() const {
    const auto made = [this](const auto& form) { return of(form); };
    return spec_.exported ? std::visit(made, spec_.exported->what) : std::visit(made, spec_.form);
  }
  std::vector<What> of(const form::Opaque&) const { refuse("since it does not say what it computes"); }
  std::vector<What> of(const form::Normalize& form) const {
    if (form.per_sample || form.recurs) refuse("since its statistics change from sample to sample");
    return held(form.channels, 0);
  }
  std::vector<What> of(const form::HeldMap& form) const { return held(form.channels, form.bound); }
  std::vector<What> of(const form::HeldMaps& form) const { return held(form.channels, form.bounds.at(0)); }
  std::vector<What> of(const form::ChannelMap& form) const { return {map(in_.channels(), form.gamma, form.beta)}; }
  std::vector<What> of(const form::RunMap& form) const { return {map(form.channels, form.gamma, form.beta)}; }
  std::vector<What> of(const form::Dense& form) const {
    return {Gemm{form.inputs, form.outputs, floats(0, as_size(form.inputs) * as_size(form.outputs)),
                 floats(1, form.bias ? as_size(form.outputs) : 0)}};
  }
  std::vector<What> of(const form::Conv&) const { refuse(no_windows); }
  std::vector<What> of(const form::MaxPool&) const { refuse(no_windows); }
  std::vector<What> of(const form::Windows& form) const {
    const Window& w = form.window;
    if (std::holds_alternative<form::MaxPool>(spec_.form)) return {MaxPool{w}};
    const auto* conv = std::get_if<form::Conv>(&spec_.form);
    if (!conv) refuse("since it does not say what its windows are for");
    const std::size_t depth = as_size(w.channels) * as_size(w.kernel_height) * as_size(w.kernel_width);
    return {Conv{conv->filters, w, floats(0, as_size(conv->filters) * depth), floats(1, conv->bias ? as_size(conv->filters) : 0)}};
  }
  template <class Form>
  std::vector<What> of(const Form& form) const {  // the others say all by themselves
    return {form};
  }

  std::span<const real> param(int i, std::size_t count) const {
    const std::vector<int> all = weights_.params_of(index_);
    if (as_size(i) >= all.size() || weights_.ranges()[as_size(all[as_size(i)])].size != count)
      refuse("since its parameters are not those of its form");
    const Range& range = weights_.ranges()[as_size(all[as_size(i)])];
    return {range.weight, range.size};
  }
  std::vector<float> floats(int i, std::size_t count) const {
    std::vector<float> values;
    if (count == 0) return values;
    for (const real value : param(i, count)) values.push_back(static_cast<float>(value));
    return checked(std::move(values));
  }
  std::vector<double> doubles(int i, std::size_t count) const {
    const std::span<const real> values = param(i, count);
    return {values.begin(), values.end()};
  }

  Map map(int channels, bool gamma, bool beta) const {
    Map map{channels, {}, {}, {}};
    if (gamma) map.scale = doubles(0, as_size(channels));
    if (beta) map.after = doubles(gamma ? 1 : 0, as_size(channels));
    return checked(tidy(std::move(map)));
  }

  // The map that `merge` leaves, from the state as it is; the one behind `before` others.
  std::vector<What> held(int channels, double bound, std::size_t before = 0) const {
    std::vector<Block> memory;
    std::vector<void*> buffers;
    for (const Saved& saved : spec_.saved) buffers.push_back(memory.emplace_back(saved.bytes(1), "what a layer remembers").data());
    std::vector<const double*> state;
    for (const int i : weights_.state_of(index_))
      state.push_back(weights_.state_block().data() + weights_.state_tensors()[as_size(i)].offset);
    if (!spec_.statistics.ability || buffers.empty()) refuse("since it has no statistics to hold");
    const ConstView x{nullptr, in_, 1};
    Forward ctx;
    ctx.mode = Mode::evaluate, ctx.batch = 1, ctx.kernels = &kernels(Isa::portable);
    ctx.x = {&x, 1}, ctx.y = {nullptr, entry_.shape, 1};
    ctx.state = state, ctx.buffers = buffers;
    spec_.statistics.ability->merge(ctx, {});

    const SavedMap saved(
        static_cast<const real*>(buffers[form::Normalize::map_buffer]) + SavedMap<real>::values(before * as_size(channels)),
        as_size(channels));
    Map map{channels, {}, {}, {}};
    for (std::size_t c = 0; c < as_size(channels); ++c) {
      const double scale = static_cast<double>(saved.rstd[c]);
      map.before.push_back(0 - static_cast<double>(saved.ref[c]));
      map.scale.push_back(scale);
      map.after.push_back(0 - static_cast<double>(saved.delta[c]) * scale);
    }
    std::vector<What> ops = {checked(tidy(std::move(map)))};
    if (bound > 0) ops.push_back(form::Clip{bound});
    return ops;
  }

  std::vector<float> checked(std::vector<float> values) const {
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) not_finite();
    return values;
  }
  Map checked(Map map) const {
    for (const std::vector<double>& values : {map.before, map.scale, map.after})
      for (const double value : values)
        if (!std::isfinite(static_cast<float>(value))) not_finite();
    return map;
  }
  [[noreturn]] void not_finite() const {
    throw Error(fmt::format("layer {} {}: has a number that is not finite", entry_.number, entry_.name), "weights that are");
  }

  static constexpr const char* no_windows = "since it does not say where its windows stand";

  const Graph::Entry& entry_;
  const Weights& weights_;
  int index_;
  const Shape& in_;
  LayerSpec spec_;
};

class Lowering {
 public:
  Lowering(const Graph& graph, const Weights& weights)
      : graph_(graph), weights_(weights), selection_(select(graph, {})), value_of_(graph.entries().size(), -1) {
    weights.check_model(graph);
  }

  Program run(const LowerOptions& options) {
    for (std::size_t i = 0; i < graph_.entries().size(); ++i) {
      const Graph::Entry& entry = graph_.entries()[i];
      if (!selection_.needed[i]) continue;
      if (!entry.layer)
        program_.inputs.push_back(value_of_[i] = add(entry.name, entry.shape));
      else
        value_of_[i] = layer(static_cast<int>(i));
    }
    for (const int output : selection_.outputs) program_.outputs.push_back(value_of_[as_size(output)]);
    if (options.fold) fold_maps(program_);
    if (options.softmax) end_in_softmax();
    return std::move(program_);
  }

 private:
  int add(std::string name, const Shape& shape) {
    program_.values.push_back({std::move(name), shape});
    return static_cast<int>(program_.values.size()) - 1;
  }

  // The last of its operations gives what is called as the layer is.
  int layer(int index) {
    const Graph::Entry& entry = graph_.entries()[as_size(index)];
    std::vector<int> x;
    for (const int input : entry.inputs) x.push_back(value_of_[as_size(input)]);
    const std::vector<std::vector<What>> branches = LayerInUse(graph_, weights_, index).branches();
    if (branches.size() > 1) return side_by_side(entry, branches, x);
    const std::vector<What>& ops = branches[0];
    if (ops.size() == 1 && joins_map_before(entry, ops[0])) {
      program_.values[as_size(x[0])].name = entry.name;
      return x[0];
    }
    return chain(ops, x, entry.name, entry.shape);
  }

  // `ops` from x on, the last of which gives what is called `name`.
  int chain(const std::vector<What>& ops, std::vector<int> x, const std::string& name, const Shape& shape) {
    for (std::size_t k = 0; k < ops.size(); ++k) {
      const int y = add(name + (k + 1 == ops.size() ? "" : ".unbounded"), shape);
      program_.ops.push_back({ops[k], x, y});
      x = {y};
    }
    return x[0];
  }

  int side_by_side(const Graph::Entry& entry, const std::vector<std::vector<What>>& branches, const std::vector<int>& x) {
    const Shape in = program_.value(x[0]).shape;
    std::vector<int> parts;
    for (const std::vector<What>& ops : branches)
      parts.push_back(chain(ops, x, fmt::format("{}.scale_{}", entry.name, parts.size()), in));
    const int y = add(entry.name, entry.shape);
    program_.ops.push_back({form::Join{form::Join::How::channels}, parts, y});
    return y;
  }

  // Whether `what` has become part of the map that it alone reads.
  bool joins_map_before(const Graph::Entry& entry, const What& what) {
    const auto* second = std::get_if<Map>(&what);
    const int before = entry.inputs[0];
    if (!second || selection_.is_output(before) || readers(before) != 1) return false;
    for (Operation& op : program_.ops) {
      auto* first = std::get_if<Map>(&op.what);
      if (!first || op.output != value_of_[as_size(before)]) continue;
      const std::optional<Map> both = joined(*first, *second);
      if (!both || !single_precision(*both)) return false;
      *first = tidy(*both);
      return true;
    }
    return false;
  }
  static bool single_precision(const Map& map) {
    const auto fits = [](double value) { return std::isfinite(static_cast<float>(value)); };
    return std::all_of(map.scale.begin(), map.scale.end(), fits) && std::all_of(map.after.begin(), map.after.end(), fits);
  }

  int readers(int index) const {
    std::ptrdiff_t count = 0;
    for (std::size_t i = 0; i < graph_.entries().size(); ++i)
      if (selection_.needed[i]) count += std::ranges::count(graph_.entries()[i].inputs, index);
    return static_cast<int>(count);
  }

  // The scores keep a name of their own, the probabilities get that of the output.
  void end_in_softmax() {
    int& output = program_.outputs[0];
    const Value scores = program_.value(output);
    program_.values[as_size(output)].name = scores.name + ".scores";
    const int y = add(scores.name, scores.shape);
    program_.ops.push_back({Softmax{}, {output}, y});
    output = y;
  }

  const Graph& graph_;
  const Weights& weights_;
  Selection selection_;
  std::vector<int> value_of_;  // by entry
  Program program_;
};

}  // namespace

inference::Program lower(const Graph& graph, const Weights& weights, const LowerOptions& options) try {
  return Lowering(graph, weights).run(options);
} catch (const std::bad_alloc&) {
  no_memory_for("a model made ready for export", weights.bytes(), "closing other programs");
}

}  // namespace cambium
