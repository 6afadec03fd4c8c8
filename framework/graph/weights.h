// What a model has learnt: parameters, their gradients, and the state of its layers.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weight_store.h"

namespace cambium {

// Three flat blocks: parameters and gradients of `real` in the same layout, and state of `double`. Addresses never change. Each
// tensor has a name, "conv2d_1.weight", and starts on a cache line of its own.
//
// An object of this class is a handle: plans share the blocks, both may be moved and destroyed in any order, and the blocks go with
// the last of them. Assigning makes it a handle on other blocks; plans keep those that they were made with.
class Weights {
 public:
  // Initializes every parameter by its own rule, from streams of `seed` that belong to the tensor's name: a layer added elsewhere
  // in the model does not change the others.
  explicit Weights(const Graph& graph, std::uint64_t seed = 1);
  Weights(Weights&& other) noexcept : store_(other.store_) {}
  Weights& operator=(Weights&& other);          // throws where a trainer owns them: trainer.restart(seed)
  Weights(const Weights&) = delete;             // say which: .copy() has numbers of its own, .share() has the same
  Weights& operator=(const Weights&) = delete;  // say which: = w.copy() or = w.share()

  // Held by whatever moves the numbers; what only reads them finds out when another thread moves them meanwhile, and throws.
  InUse& in_use() const { return store_->in_use; }

  Weights copy() const;                        // numbers and settings of its own; gradients are not copied
  Weights share() { return Weights(store_); }  // one more handle on the same
  bool shares_with(const Weights& other) const { return store_ == other.store_; }
  std::uint64_t id() const { return store_->id; }  // of the blocks: never used twice in a process
  // Parameters and state as a new object with this seed would have them. Settings and addresses stay, and so do plans.
  void restart(std::uint64_t seed);

  using Tensor = WeightStore::Tensor;
  // Parameter i is tensors()[i], its place in the blocks ranges()[i].
  const std::vector<Tensor>& tensors() const { return store_->tensors; }
  std::span<const Range> ranges() const { return store_->ranges; }
  using StateTensor = WeightStore::StateTensor;
  const std::vector<StateTensor>& state_tensors() const { return store_->state_tensors; }

  // By full name; an unknown one throws and names the closest. A gradient throws too where `backward(&optimizer)` has used it up.
  std::span<real> value(const std::string& name);
  std::span<const real> value(const std::string& name) const;
  std::span<const real> gradient(const std::string& name) const;
  std::span<double> state(const std::string& name);
  std::span<const double> state(const std::string& name) const;

  // `set("dense_1", {.rate = 0.1})`: what is not named stays as it was; a ParamSettings names all. Freezing takes effect for plans
  // that are made afterwards.
  void set(const std::string& layer, const LayerSettings& settings);
  template <std::same_as<ParamSettings> S>
  void set(const std::string& layer, const S& settings) {
    set(layer, changes_to(settings));
  }
  const ParamSettings& settings(const std::string& layer) const;
  // How a layer runs in a plan of this mode: one that is frozen, and has state, evaluates.
  Mode mode_of(int entry, Mode mode) const;
  // Throws where some layer cannot take such a batch, run as mode_of says.
  void check_batch(const Graph& graph, int batch, Mode mode) const;

  std::size_t parameters() const;                                      // trained numbers, padding not counted
  std::span<real> block() { return store_->changed().value_block(); }  // all parameters, with padding of zeros
  std::span<const real> block() const { return store_->value_block(); }
  std::span<real> gradient_block() { return store_->gradient_block(); }
  std::span<double> state_block() { return store_->changed().state_block(); }
  std::span<const double> state_block() const { return store_->state_block(); }

  // A backward pass to these parameters begins: overwriting all gradients, where those that were there are used, or adding. No step
  // moves a parameter that no pass has led to since (Range::has_gradient). `gone`: a step on the way uses the gradients up.
  void expect_gradients(std::span<const int> params, bool gone);
  void give_gradients_up();  // that step met something that is not finite: nothing has a gradient
  // Throws where they are gone.
  void check_gradients(const std::string& who) const;
  // State was put in from elsewhere, as by restore() and load_weights: what forward passes before have left no longer counts.
  void state_replaced();
  const std::shared_ptr<StateLine>& state_line() const { return store_->line; }  // for plans: planning/moving_state.h

  // True after a step: the next backward pass overwrites the gradients. `false`: all were written by hand, and passes add to them.
  bool gradients_used() const { return store_->gradients_used; }
  void mark_gradients_used(bool used = true);
  std::uint64_t version() const { return store_->version; }  // raised by every step
  void raise_version() { set_version(version() + 1); }
  void set_version(std::uint64_t version) { store_->changed().version = version; }  // to resume
  // Raised whenever parameters or state may have changed, also by handing out a span that may be written. What is written later
  // into a span that was asked for earlier, or through ranges(), is not seen: ask again, or raise_version().
  std::uint64_t changes() const { return store_->changes; }
  void mark_changed() { store_->changed(); }
  std::uint64_t seed() const { return store_->seed; }
  using Snapshot = WeightSnapshot;
  Snapshot snapshot() const;
  void snapshot(Snapshot& into) const;  // takes no memory where `into` is one of these weights
  std::size_t bytes() const;            // of parameters, gradients and state
  void restore(const Snapshot& snapshot);

  // Throws unless these are the weights of this model: the same layers with the same parameters and state.
  void check_model(const Graph& graph) const;

  // The indices of the parameters and state tensors of one graph entry, in the order of its LayerSpec.
  std::vector<int> params_of(int entry) const;
  std::vector<int> state_of(int entry) const;

 protected:
  bool owned_ = false;  // assigning throws

 private:
  explicit Weights(std::shared_ptr<WeightStore> store) noexcept : store_(std::move(store)) {}

  std::shared_ptr<WeightStore> store_;  // never null
};

}  // namespace cambium
