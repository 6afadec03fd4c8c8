// What a model has learnt: parameters, their gradients, and the state of its layers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/optimizer.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {

// Three flat blocks: parameters and gradients of `real` in the same layout, and state of `double`. Addresses never change. Each
// tensor has a name, "conv2d_1.weight", and starts on a cache line of its own.
class Weights {
 public:
  // Initializes every parameter by its own rule, from streams of `seed` that belong to the tensor's name: a layer added elsewhere
  // in the model does not change the others.
  explicit Weights(const Graph& graph, std::uint64_t seed = 1);
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  Weights(Weights&&) = default;
  Weights& operator=(Weights&&) = default;

  struct Tensor {
    std::string name;  // "dense_1.weight"
    std::vector<int> sizes;
    int entry;         // of the graph
    Initializer init;
  };
  // Parameter i is tensors()[i], its place in the blocks ranges()[i].
  const std::vector<Tensor>& tensors() const { return tensors_; }
  std::span<const Range> ranges() const { return ranges_; }

  struct StateTensor {
    std::string name;
    std::vector<int> sizes;
    int entry;
    std::size_t offset, size;
    Allowed range;  // what its numbers can be
  };
  const std::vector<StateTensor>& state_tensors() const { return state_tensors_; }

  // By full name; an unknown one throws and names the closest. What may be written counts as changed, see changes().
  std::span<real> value(const std::string& name);
  std::span<const real> value(const std::string& name) const;
  std::span<const real> gradient(const std::string& name) const;
  std::span<double> state(const std::string& name);
  std::span<const double> state(const std::string& name) const;

  // Learning-rate factor, freeze, penalties and limit of all parameters of a layer. Freezing a layer takes effect for plans that
  // are made afterwards.
  void set(const std::string& layer, const ParamSettings& settings);

  std::size_t parameters() const;    // trained numbers, padding not counted
  std::span<real> block() { mark_changed(); return values(); }  // all parameters, with padding of zeros
  std::span<const real> block() const { return values(); }
  std::span<real> gradient_block() { return {reinterpret_cast<real*>(gradients_.data()), size_}; }
  std::span<double> state_block() { mark_changed(); return states(); }
  std::span<const double> state_block() const { return states(); }
  std::span<double> next_state_block() { return {reinterpret_cast<double*>(next_.data()), state_size_}; }

  // True after a step: the next backward pass overwrites the gradients, later ones add.
  bool gradients_used() const { return gradients_used_; }
  void mark_gradients_used(bool used = true) { gradients_used_ = used; }
  std::uint64_t version() const { return version_; }  // raised by every step
  void raise_version() { set_version(version_ + 1); }
  void set_version(std::uint64_t version) { version_ = version; mark_changed(); }  // to resume
  // Raised whenever parameters or state may have changed: by steps, by the moving of state, by restoring and loading, and whenever
  // value(), state(), block() or state_block() hand out something that may be written. What is written later into a span that was
  // asked for earlier, or through ranges(), as by an Optimizer::update of one's own, is not seen: ask again, or raise_version().
  std::uint64_t changes() const { return changes_; }
  void mark_changed() { ++changes_; }
  std::uint64_t seed() const { return seed_; }

  // Weights and state, for restoring the best of a training.
  struct Snapshot {
    std::vector<real> values;
    std::vector<double> state;
    std::uint64_t version = 0;
  };
  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

  // Throws unless these are the weights of this model: the same layers with the same parameters and state.
  void check_model(const Graph& graph) const;

  // The indices of the parameters and state tensors of one graph entry, in the order of its Needs.
  std::vector<int> params_of(int entry) const;
  std::vector<int> state_of(int entry) const;

 private:
  int index_of(const std::string& name) const;
  std::span<double> found_state(const std::string& name) const;
  std::span<real> values() const { return {reinterpret_cast<real*>(values_.data()), size_}; }
  std::span<double> states() const { return {reinterpret_cast<double*>(state_.data()), state_size_}; }

  std::uint64_t seed_ = 1, version_ = 0, changes_ = 1;
  bool gradients_used_ = true;
  std::size_t size_ = 0, state_size_ = 0;
  std::vector<Tensor> tensors_;
  std::vector<Range> ranges_;
  std::vector<StateTensor> state_tensors_;
  std::vector<std::string> layer_names_;  // by entry
  Block values_, gradients_, state_, next_;
};

}  // namespace cambium
