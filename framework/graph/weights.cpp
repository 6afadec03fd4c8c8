#include "cambium/framework/graph/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "cambium/framework/graph/state_line.h"

namespace cambium {
namespace {

// How many values a tensor has, when `before` were counted already. Far below what could overflow, far above any memory.
std::size_t checked_size(const std::vector<int>& sizes, const std::string& name, std::size_t before) {
  constexpr double most = 1e12;
  double n = 1;
  for (int s : sizes) n *= s;
  if (n + static_cast<double>(before) > most)
    throw Error(fmt::format("{} and what comes before it have more than {:g} values", name, most), "smaller layers");
  return static_cast<std::size_t>(n);
}

std::atomic<std::uint64_t> weights_made{0};
constexpr const char* one_thread = "the thread that trains, between two steps, as a callback of fit is";

}  // namespace

Weights::Weights(const Graph& graph, std::uint64_t seed) : store_(std::make_shared<WeightStore>()) {
  place(graph);
  take_blocks();
  restart(seed);
}

void Weights::place(const Graph& graph) {
  WeightStore& s = *store_;
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

void Weights::take_blocks() {
  WeightStore& s = *store_;
  s.id = ++weights_made;
  s.values = Block(s.size * sizeof(real));
  s.gradients = Block(s.size * sizeof(real));
  s.state = Block(s.state_size * sizeof(double));
  s.line = std::make_shared<StateLine>(StateLine{.holds = std::vector<std::uint64_t>(s.states.size(), 0)});
  for (Range& range : s.ranges) {
    range.weight = values().data() + range.offset;
    range.gradient = gradient_block().data() + range.offset;
  }
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
    std::fill_n(states().data() + tensor.offset, tensor.size, s.states[i].initial);
  }
  mark_gradients_used();
  state_replaced();
  set_version(0);
}

// Nothing that a forward pass has read before counts any more.
void Weights::state_replaced() { std::ranges::fill(store_->line->holds, store_->line->forwards); }

Weights Weights::copy() const {
  Weights made(std::make_shared<WeightStore>());
  static_cast<WeightLayout&>(*made.store_) = *store_;
  made.take_blocks();
  made.restore(snapshot());
  return made;
}

Weights& Weights::operator=(Weights&& other) {
  if (owned_) throw Error("these weights are a trainer's, which has plans on them", "trainer.restart(seed), or load_weights");
  store_ = other.store_;
  return *this;
}

int Weights::index_of(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < store_->tensors.size(); ++i) {
    if (store_->tensors[i].name == name) return static_cast<int>(i);
    names.push_back(store_->tensors[i].name);
  }
  throw Error(fmt::format("no parameter is named '{}'{}", name, did_you_mean(name, names)), "a name that tensors() lists");
}

std::span<real> Weights::value(const std::string& name) {
  const Range& range = store_->ranges[static_cast<std::size_t>(index_of(name))];
  mark_changed();
  return {range.weight, range.size};
}

std::span<const real> Weights::value(const std::string& name) const {
  const Range& range = store_->ranges[static_cast<std::size_t>(index_of(name))];
  return {range.weight, range.size};
}

std::span<const real> Weights::gradient(const std::string& name) const {
  const Range& range = store_->ranges[static_cast<std::size_t>(index_of(name))];
  check_gradients("the gradient of " + name);
  return {range.gradient, range.size};
}

std::span<double> Weights::state(const std::string& name) {
  mark_changed();
  return found_state(name);
}

std::span<const double> Weights::state(const std::string& name) const { return found_state(name); }

std::span<double> Weights::found_state(const std::string& name) const {
  std::vector<std::string> names;
  for (const StateTensor& tensor : store_->state_tensors) {
    if (tensor.name == name) return states().subspan(tensor.offset, tensor.size);
    names.push_back(tensor.name);
  }
  throw Error(fmt::format("no state is named '{}'{}", name, did_you_mean(name, names)), "a name that state_tensors() lists");
}

std::size_t Weights::entry_of(const std::string& layer) const {
  const std::vector<std::string>& names = store_->layer_names;
  const auto found = std::find(names.begin(), names.end(), layer);
  if (found == names.end())
    throw Error(fmt::format("no layer is named '{}'{}", layer, did_you_mean(layer, names)), "a name that summary() lists");
  return static_cast<std::size_t>(found - names.begin());
}

const ParamSettings& Weights::settings(const std::string& layer) const { return store_->settings[entry_of(layer)]; }

void Weights::set(const std::string& layer, const LayerSettings& changes) {
  const std::size_t entry = entry_of(layer);
  const ParamSettings settings = changes.applied_to(store_->settings[entry]);
  check_settings(layer, settings);
  store_->settings[entry] = settings;
  for (std::size_t i = 0; i < store_->tensors.size(); ++i)
    if (store_->tensors[i].entry == static_cast<int>(entry)) store_->ranges[i].settings = settings;
}

Mode Weights::mode_of(int entry, Mode mode) const {
  const ParamSettings& settings = store_->settings[static_cast<std::size_t>(entry)];
  return settings.freeze && !settings.moving_statistics && !state_of(entry).empty() ? Mode::evaluate : mode;
}

void Weights::check_batch(const Graph& graph, int batch, Mode mode) const {
  for (int i = 0; i < static_cast<int>(graph.entries().size()); ++i)
    if (graph.entries()[static_cast<std::size_t>(i)].layer) graph.spec(i, batch, mode_of(i, mode));
}

void Weights::expect_gradients(std::span<const int> params, bool gone) {
  store_->gradients_gone = gone;
  if (gradients_used())
    for (Range& range : store_->ranges) range.has_gradient = false;
  for (const int p : params) store_->ranges[static_cast<std::size_t>(p)].has_gradient = true;
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

void Weights::check_model(const Graph& graph) const {
  const std::vector<Tensor>& tensors = store_->tensors;
  const std::vector<StateTensor>& states = store_->state_tensors;
  std::size_t p = 0, s = 0;
  const auto require = [](bool same, const std::string& name) {
    if (!same)
      throw Error(fmt::format("the weights are of another model: they do not fit '{}'", name), "Weights(graph) of this graph");
  };
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    const Graph::Entry& entry = graph.entries()[i];
    require(i < store_->layer_names.size() && store_->layer_names[i] == entry.name, entry.name);
    if (!entry.layer) continue;
    const LayerSpec spec = graph.spec(static_cast<int>(i), 2, Mode::evaluate);
    for (const Param& param : spec.params) {
      const std::string name = entry.name + "." + param.name;
      require(p < tensors.size() && tensors[p].name == name && tensors[p].sizes == param.sizes, name);
      ++p;
    }
    for (const State& state : spec.state) {
      const std::string name = entry.name + "." + state.name;
      require(s < states.size() && states[s].name == name && states[s].sizes == state.sizes, name);
      ++s;
    }
  }
  if (store_->layer_names.size() > graph.entries().size()) require(false, store_->layer_names.back());
}

std::size_t Weights::parameters() const {
  std::size_t n = 0;
  for (const Range& range : store_->ranges) n += range.size;
  return n;
}

Weights::Snapshot Weights::snapshot() const {
  const InUse::Look look(store_->in_use, "these weights", one_thread);
  Snapshot taken{{block().begin(), block().end()}, {state_block().begin(), state_block().end()}, version()};
  look.check();
  return taken;
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

std::vector<int> Weights::params_of(int entry) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < store_->tensors.size(); ++i)
    if (store_->tensors[i].entry == entry) found.push_back(static_cast<int>(i));
  return found;
}

std::vector<int> Weights::state_of(int entry) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < store_->state_tensors.size(); ++i)
    if (store_->state_tensors[i].entry == entry) found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace cambium
