#include "cambium/framework/graph/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/graph/state_line.h"

namespace cambium {
namespace {

// How many values a tensor has, when `before` were counted already. Far below what could overflow, far above any memory.
std::size_t checked_size(const std::vector<int>& sizes, const std::string& name, std::size_t before) {
  constexpr std::size_t most = 1'000'000'000'000;
  if (const auto n = product_of(sizes, most - std::min(before, most))) return *n;
  throw Error(fmt::format("{} and what comes before it have more than 1e+12 values", name), "smaller layers");
}

// Gives every parameter and every state of the model its place.
void lay_out(const Graph& graph, WeightLayout& s) {
  const auto& entries = graph.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    s.layer_names.push_back(entries[i].name);
    s.settings.push_back(entries[i].settings);
    if (!entries[i].layer) continue;
    const LayerSpec spec = graph.spec(static_cast<int>(i), 2, Mode::evaluate);
    for (const Param& param : spec.params) {
      const std::size_t n = checked_size(param.sizes, entries[i].name + "." + param.name, s.size);
      s.tensors.push_back({entries[i].name + "." + param.name, param.sizes, static_cast<int>(i), param.init});
      s.ranges.push_back({nullptr, nullptr, s.size, n, param.decay, entries[i].settings});
      s.params.push_back(param);
      s.size += aligned(n * sizeof(real)) / sizeof(real);
    }
    for (const State& state : spec.state) {
      const std::size_t n = checked_size(state.sizes, entries[i].name + "." + state.name, s.state_size);
      s.state_tensors.push_back(
          {entries[i].name + "." + state.name, state.sizes, static_cast<int>(i), s.state_size, n, state.range});
      s.states.push_back(state);
      s.state_size += aligned(n * sizeof(double)) / sizeof(double);
    }
  }
}

std::atomic<std::uint64_t> weights_made{0};

void take_blocks(WeightStore& s) {
  s.id = ++weights_made;
  s.values = Block(s.size * sizeof(real), "the weights");
  s.gradients = Block(s.size * sizeof(real), "the gradients");
  s.state = Block(s.state_size * sizeof(double), "the state of layers");
  s.line = std::make_shared<StateLine>(StateLine{.holds = std::vector<std::uint64_t>(s.states.size(), 0)});
  for (Range& range : s.ranges) {
    range.weight = s.value_block().data() + range.offset;
    range.gradient = s.gradient_block().data() + range.offset;
  }
}

// The place of that name; throws, naming the closest, where there is none.
template <class T, class Name>
std::size_t position_of(const std::string& name, const std::vector<T>& all, Name name_of, const char* what, const char* list) {
  const auto found = std::ranges::find(all, name, name_of);
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  std::vector<std::string> names;
  std::ranges::transform(all, std::back_inserter(names), name_of);
  throw Error(fmt::format("no {} is named '{}'{}", what, name, did_you_mean(name, names)),
              fmt::format("a name that {} lists", list));
}

template <class T>
std::vector<int> of_entry(const std::vector<T>& tensors, int entry) {
  std::vector<int> found;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].entry == entry) found.push_back(static_cast<int>(i));
  return found;
}

const Range& range_of(const WeightStore& s, const std::string& name) {
  return s.ranges[position_of(name, s.tensors, &WeightLayout::Tensor::name, "parameter", "tensors()")];
}

std::size_t entry_of(const WeightStore& s, const std::string& layer) {
  return position_of(layer, s.layer_names, std::identity(), "layer", "summary()");
}

std::span<double> state_named(WeightStore& s, const std::string& name) {
  const std::size_t i = position_of(name, s.state_tensors, &WeightLayout::StateTensor::name, "state", "state_tensors()");
  return s.state_block().subspan(s.state_tensors[i].offset, s.state_tensors[i].size);
}

}  // namespace

Weights::Weights(const Graph& graph, std::uint64_t seed) try : store_(std::make_shared<WeightStore>()) {
  lay_out(graph, *store_);
  take_blocks(*store_);
  restart(seed);
} catch (const std::bad_alloc&) {
  no_memory_for("the list of a model's weights");
}

void Weights::restart(std::uint64_t seed) {
  const InUse::Hold hold(store_->in_use, "these weights", one_thread);
  WeightStore& s = *store_;
  s.seed = seed;
  for (std::size_t p = 0; p < s.params.size(); ++p) {
    const Param& param = s.params[p];
    fill(param.init, s.ranges[p].weight, s.ranges[p].size, param.fan_in, param.fan_out,
         Random(seed).of(part_of_name(s.tensors[p].name)));
  }
  for (std::size_t i = 0; i < s.states.size(); ++i) {
    const StateTensor& tensor = s.state_tensors[i];
    std::fill_n(s.state_block().data() + tensor.offset, tensor.size, s.states[i].initial);
  }
  mark_gradients_used();
  state_replaced();
  set_version(0);
}

// Nothing that a forward pass has read before counts any more.
void Weights::state_replaced() { std::ranges::fill(store_->line->holds, store_->line->forwards); }

Weights Weights::copy() const try {
  Weights made(std::make_shared<WeightStore>());
  static_cast<WeightLayout&>(*made.store_) = *store_;
  take_blocks(*made.store_);
  made.restore(snapshot());
  return made;
} catch (const std::bad_alloc&) {
  no_memory_for("a copy of the weights", bytes());
}

Weights& Weights::operator=(Weights&& other) {
  if (owned_) throw Error("these weights are a trainer's, which has plans on them", "trainer.restart(seed), or load_weights");
  store_ = other.store_;
  return *this;
}

std::span<real> Weights::value(const std::string& name) {
  const Range& range = range_of(*store_, name);
  mark_changed();
  return {range.weight, range.size};
}

std::span<const real> Weights::value(const std::string& name) const {
  const Range& range = range_of(*store_, name);
  return {range.weight, range.size};
}

std::span<const real> Weights::gradient(const std::string& name) const {
  const Range& range = range_of(*store_, name);
  check_gradients("the gradient of " + name);
  return {range.gradient, range.size};
}

std::span<double> Weights::state(const std::string& name) {
  mark_changed();
  return state_named(*store_, name);
}

std::span<const double> Weights::state(const std::string& name) const { return state_named(*store_, name); }

const ParamSettings& Weights::settings(const std::string& layer) const { return store_->settings[entry_of(*store_, layer)]; }

void Weights::set(const std::string& layer, const LayerSettings& changes) {
  const std::size_t entry = entry_of(*store_, layer);
  const ParamSettings settings = changes.applied_to(store_->settings[entry]);
  check_settings(layer, settings);
  store_->settings[entry] = settings;
  for (std::size_t i = 0; i < store_->tensors.size(); ++i)
    if (store_->tensors[i].entry == static_cast<int>(entry)) store_->ranges[i].settings = settings;
}

Mode Weights::mode_of(int entry, Mode mode) const {
  const ParamSettings& settings = store_->settings[as_size(entry)];
  return settings.freeze && !settings.moving_statistics && !state_of(entry).empty() ? Mode::evaluate : mode;
}

void Weights::check_batch(const Graph& graph, int batch, Mode mode) const {
  for (int i = 0; i < static_cast<int>(graph.entries().size()); ++i)
    if (graph.entries()[as_size(i)].layer) graph.spec(i, batch, mode_of(i, mode));
}

void Weights::expect_gradients(std::span<const int> params, bool gone) {
  store_->gradients_gone = gone;
  if (gradients_used())
    for (Range& range : store_->ranges) range.has_gradient = false;
  for (const int p : params) store_->ranges[as_size(p)].has_gradient = true;
  store_->gradients_used = false;
}

void Weights::give_gradients_up() {
  for (Range& range : store_->ranges) range.has_gradient = false;
  store_->gradients_gone = false, store_->gradients_used = true;
}

void Weights::mark_gradients_used(bool used) {
  if (!used)
    for (Range& range : store_->ranges) range.has_gradient = true;
  store_->gradients_used = used;
}

void Weights::check_gradients(const std::string& who) const {
  if (store_->gradients_gone)
    throw Error(who + ": the step that backward(&optimizer) took on the way has used the gradients up",
                ".retain_gradients = true, in PlanOptions or FitOptions");
}

void Weights::check_model(const Graph& graph) const try {
  WeightLayout model;
  lay_out(graph, model);
  const auto check = [](const auto& expected, const auto& found, auto name_of, auto same) {
    for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i)
      if (i >= expected.size() || i >= found.size() || !same(expected[i], found[i]))
        throw Error(fmt::format("the weights are of another model: they do not fit '{}'",
                                name_of(i < expected.size() ? expected[i] : found[i])),
                    "Weights(graph) of this graph");
  };
  const auto name_of = [](const auto& tensor) { return tensor.name; };
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name && a.sizes == b.sizes; };
  check(model.layer_names, store_->layer_names, std::identity(), std::equal_to<>());
  check(model.tensors, store_->tensors, name_of, same);
  check(model.state_tensors, store_->state_tensors, name_of, same);
} catch (const std::bad_alloc&) {
  no_memory_for("the list of a model's weights");
}

std::size_t Weights::bytes() const { return 2 * store_->size * sizeof(real) + store_->state_size * sizeof(double); }

std::size_t Weights::parameters() const {
  std::size_t n = 0;
  for (const Range& range : store_->ranges) n += range.size;
  return n;
}

Weights::Snapshot Weights::snapshot() const {
  Snapshot taken;
  snapshot(taken);
  return taken;
}

void Weights::snapshot(Snapshot& into) const try {
  const InUse::Look look(store_->in_use, "these weights", one_thread);
  into.values.reserve(store_->size), into.state.reserve(store_->state_size);  // then nothing fails half-way
  into.values.assign(block().begin(), block().end());
  into.state.assign(state_block().begin(), state_block().end());
  into.version = version();
  look.check();
} catch (const std::bad_alloc&) {
  no_memory_for("a snapshot of the weights", store_->size * sizeof(real) + store_->state_size * sizeof(double));
}

void Weights::restore(const Snapshot& snapshot) {
  if (snapshot.values.size() != store_->size || snapshot.state.size() != store_->state_size)
    throw Error("the snapshot is of another model", "a snapshot of these weights");
  const InUse::Hold hold(store_->in_use, "these weights", one_thread);
  std::copy(snapshot.values.begin(), snapshot.values.end(), block().begin());
  std::copy(snapshot.state.begin(), snapshot.state.end(), state_block().begin());
  state_replaced();
  set_version(snapshot.version);
}

std::vector<int> Weights::params_of(int entry) const { return of_entry(store_->tensors, entry); }
std::vector<int> Weights::state_of(int entry) const { return of_entry(store_->state_tensors, entry); }

}  // namespace cambium
