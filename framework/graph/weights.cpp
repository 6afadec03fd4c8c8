#include "cambium/framework/graph/weights.h"

#include <fmt/format.h>

#include <algorithm>

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

std::uint64_t hash(const std::string& name) {  // FNV-1a
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace

Weights::Weights(const Graph& graph, std::uint64_t seed) : seed_(seed) {
  const auto& entries = graph.entries();
  std::vector<Needs> all(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    layer_names_.push_back(entries[i].name);
    if (!entries[i].layer) continue;
    all[i] = graph.needs(static_cast<int>(i), 2, Mode::evaluate);
    for (const Param& param : all[i].params) {
      const std::size_t n = checked_size(param.sizes, entries[i].name + "." + param.name, size_);
      tensors_.push_back({entries[i].name + "." + param.name, param.sizes, static_cast<int>(i), param.init});
      ranges_.push_back({nullptr, nullptr, size_, n, param.decay, entries[i].settings});
      size_ += aligned(n * sizeof(real)) / sizeof(real);
    }
    for (const State& state : all[i].state) {
      const std::size_t n = checked_size(state.sizes, entries[i].name + "." + state.name, state_size_);
      state_tensors_.push_back({entries[i].name + "." + state.name, state.sizes, static_cast<int>(i), state_size_, n});
      state_size_ += aligned(n * sizeof(double)) / sizeof(double);
    }
  }
  values_ = Block(size_ * sizeof(real));
  gradients_ = Block(size_ * sizeof(real));
  state_ = Block(state_size_ * sizeof(double));
  next_ = Block(state_size_ * sizeof(double));

  std::size_t p = 0, s = 0;
  for (const Needs& needs : all) {
    for (const Param& param : needs.params) {
      Range& range = ranges_[p];
      range.weight = block().data() + range.offset;
      range.gradient = gradient_block().data() + range.offset;
      fill(param.init, range.weight, range.size, param.fan_in, param.fan_out, Random(seed).of(hash(tensors_[p].name)));
      ++p;
    }
    for (const State& state : needs.state) {
      const StateTensor& tensor = state_tensors_[s++];
      std::fill_n(state_block().data() + tensor.offset, tensor.size, state.initial);
      std::fill_n(next_state_block().data() + tensor.offset, tensor.size, state.initial);
    }
  }
}

int Weights::index_of(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].name == name) return static_cast<int>(i);
    names.push_back(tensors_[i].name);
  }
  throw Error(fmt::format("no parameter is named '{}'{}", name, did_you_mean(name, names)), "a name that tensors() lists");
}

std::span<real> Weights::value(const std::string& name) {
  const Range& range = ranges_[static_cast<std::size_t>(index_of(name))];
  mark_changed();
  return {range.weight, range.size};
}

std::span<const real> Weights::value(const std::string& name) const {
  const Range& range = ranges_[static_cast<std::size_t>(index_of(name))];
  return {range.weight, range.size};
}

std::span<const real> Weights::gradient(const std::string& name) const {
  const Range& range = ranges_[static_cast<std::size_t>(index_of(name))];
  return {range.gradient, range.size};
}

std::span<double> Weights::state(const std::string& name) {
  mark_changed();
  return found_state(name);
}

std::span<const double> Weights::state(const std::string& name) const { return found_state(name); }

std::span<double> Weights::found_state(const std::string& name) const {
  std::vector<std::string> names;
  for (const StateTensor& tensor : state_tensors_) {
    if (tensor.name == name) return states().subspan(tensor.offset, tensor.size);
    names.push_back(tensor.name);
  }
  throw Error(fmt::format("no state is named '{}'{}", name, did_you_mean(name, names)), "a name that state_tensors() lists");
}

void Weights::set(const std::string& layer, const ParamSettings& settings) {
  const auto found = std::find(layer_names_.begin(), layer_names_.end(), layer);
  if (found == layer_names_.end())
    throw Error(fmt::format("no layer is named '{}'{}", layer, did_you_mean(layer, layer_names_)), "a name that summary() lists");
  check_settings(layer, settings);
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].entry == found - layer_names_.begin()) ranges_[i].settings = settings;
}

void Weights::check_model(const Graph& graph) const {
  std::size_t p = 0, s = 0;
  const auto require = [](bool same, const std::string& name) {
    if (!same)
      throw Error(fmt::format("the weights are of another model: they do not fit '{}'", name), "Weights(graph) of this graph");
  };
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    const Graph::Entry& entry = graph.entries()[i];
    require(i < layer_names_.size() && layer_names_[i] == entry.name, entry.name);
    if (!entry.layer) continue;
    const Needs needs = graph.needs(static_cast<int>(i), 2, Mode::evaluate);
    for (const Param& param : needs.params) {
      const std::string name = entry.name + "." + param.name;
      require(p < tensors_.size() && tensors_[p].name == name && tensors_[p].sizes == param.sizes, name);
      ++p;
    }
    for (const State& state : needs.state) {
      const std::string name = entry.name + "." + state.name;
      require(s < state_tensors_.size() && state_tensors_[s].name == name && state_tensors_[s].sizes == state.sizes, name);
      ++s;
    }
  }
  if (layer_names_.size() > graph.entries().size()) require(false, layer_names_.back());
}

std::size_t Weights::parameters() const {
  std::size_t n = 0;
  for (const Range& range : ranges_) n += range.size;
  return n;
}

Weights::Snapshot Weights::snapshot() const {
  return {{block().begin(), block().end()}, {state_block().begin(), state_block().end()}, version()};
}

void Weights::restore(const Snapshot& snapshot) {
  if (snapshot.values.size() != size_ || snapshot.state.size() != state_size_)
    throw Error("the snapshot is of another model", "a snapshot of these weights");
  std::copy(snapshot.values.begin(), snapshot.values.end(), block().begin());
  std::copy(snapshot.state.begin(), snapshot.state.end(), state_block().begin());
  set_version(snapshot.version);
}

std::vector<int> Weights::params_of(int entry) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].entry == entry) found.push_back(static_cast<int>(i));
  return found;
}

std::vector<int> Weights::state_of(int entry) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < state_tensors_.size(); ++i)
    if (state_tensors_[i].entry == entry) found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace cambium
