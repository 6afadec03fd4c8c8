// What a model has learnt: parameters, their gradients, and the state of its layers.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/optimizer.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {

struct StateLine;

// Three flat blocks: parameters and gradients of `real` in the same layout, and state of `double`. Addresses never change. Each
// tensor has a name, "conv2d_1.weight", and starts on a cache line of its own.
//
// An object of this class is a handle. A plan shares the blocks with the one that it was made from, so that both may be moved, and
// destroyed in any order; the blocks go with the last of them. What was moved from is still a handle on the same blocks. Assigning
// makes a handle one on other blocks; plans keep those that they were made with.
class Weights {
 public:
  // Initializes every parameter by its own rule, from streams of `seed` that belong to the tensor's name: a layer added elsewhere
  // in the model does not change the others.
  explicit Weights(const Graph& graph, std::uint64_t seed = 1);
  Weights(Weights&& other) noexcept : store_(other.store_) {}
  Weights& operator=(Weights&& other);          // throws where a trainer owns them: trainer.restart(seed)
  Weights(const Weights&) = delete;             // say which: .copy() has numbers of its own, .share() has the same
  Weights& operator=(const Weights&) = delete;  // say which: = w.copy() or = w.share()

  // Held by whoever moves the numbers: passes that move state, backward passes, steps, restoring. Passes that only read them, and
  // copying, find out when another thread does so meanwhile, and throw.
  InUse& in_use() const { return store_->in_use; }

  Weights copy() const;                       // numbers and settings of its own; gradients are not copied
  Weights share() { return Weights(store_); }  // one more handle on the same
  bool shares_with(const Weights& other) const { return store_ == other.store_; }
  std::uint64_t id() const { return store_->id; }  // of the blocks: never used twice in a process
  // Parameters and state as a new object with this seed would have them. Settings and addresses stay, and so do plans.
  void restart(std::uint64_t seed);

  struct Tensor {
    std::string name;  // "dense_1.weight"
    std::vector<int> sizes;
    int entry;         // of the graph
    Initializer init;
  };
  // Parameter i is tensors()[i], its place in the blocks ranges()[i].
  const std::vector<Tensor>& tensors() const { return store_->tensors; }
  std::span<const Range> ranges() const { return store_->ranges; }

  struct StateTensor {
    std::string name;
    std::vector<int> sizes;
    int entry;
    std::size_t offset, size;
    Allowed range;  // what its numbers can be
  };
  const std::vector<StateTensor>& state_tensors() const { return store_->state_tensors; }

  // By full name; an unknown one throws and names the closest. What may be written counts as changed, see changes(). A gradient
  // throws too where it was used up on the way, by a step in `backward(&optimizer)`.
  std::span<real> value(const std::string& name);
  std::span<const real> value(const std::string& name) const;
  std::span<const real> gradient(const std::string& name) const;
  std::span<double> state(const std::string& name);
  std::span<const double> state(const std::string& name) const;

  // Learning-rate factor, freeze, penalties and limit of a layer: `set("dense_1", {.rate = 0.1})`. What is not named stays as it
  // was; a ParamSettings names all. Freezing a layer takes effect for plans that are made afterwards.
  void set(const std::string& layer, const LayerSettings& settings);
  template <std::same_as<ParamSettings> S>
  void set(const std::string& layer, const S& settings) {
    set(layer, changes_to(settings));
  }
  const ParamSettings& settings(const std::string& layer) const;
  // How a layer runs in a plan of this mode: one that is frozen, and has state, evaluates. Its statistics stay, it normalizes by
  // them, and its backward pass is the derivative of that.
  Mode mode_of(int entry, Mode mode) const;
  // Throws where some layer cannot take such a batch, run as mode_of says.
  void check_batch(const Graph& graph, int batch, Mode mode) const;

  std::size_t parameters() const;    // trained numbers, padding not counted
  std::span<real> block() { mark_changed(); return values(); }  // all parameters, with padding of zeros
  std::span<const real> block() const { return values(); }
  std::span<real> gradient_block() { return {reinterpret_cast<real*>(store_->gradients.data()), store_->size}; }
  std::span<double> state_block() { mark_changed(); return states(); }
  std::span<const double> state_block() const { return states(); }

  // A backward pass to these parameters begins: overwriting all gradients, where those that were there are used, or adding. A
  // parameter that no pass has led to since the gradients were last used has none (Range::has_gradient), and no step moves it.
  // `gone`: a step on the way uses them up.
  void expect_gradients(std::span<const int> params, bool gone);
  void give_gradients_up();  // that step met something that is not finite: nothing has a gradient
  // Throws where they are gone.
  void check_gradients(const std::string& who) const;
  // The state was put in from elsewhere, as by restore(), restart() and load_weights: what forward passes before it have left does
  // not count for those that follow.
  void state_replaced();
  const std::shared_ptr<StateLine>& state_line() const { return store_->line; }  // for plans: planning/moving_state.h

  // True after a step: the next backward pass overwrites the gradients, later ones add. `false`: all gradients have been written
  // by hand, backward passes add to them, and a step moves all parameters.
  bool gradients_used() const { return store_->gradients_used; }
  void mark_gradients_used(bool used = true);
  std::uint64_t version() const { return store_->version; }  // raised by every step
  void raise_version() { set_version(version() + 1); }
  void set_version(std::uint64_t version) { store_->version = version; mark_changed(); }  // to resume
  // Raised whenever parameters or state may have changed: by steps, by the moving of state, by restoring and loading, and whenever
  // value(), state(), block() or state_block() hand out something that may be written. What is written later into a span that was
  // asked for earlier, or through ranges(), as by an Optimizer::update of one's own, is not seen: ask again, or raise_version().
  std::uint64_t changes() const { return store_->changes; }
  void mark_changed() { ++store_->changes; }
  std::uint64_t seed() const { return store_->seed; }

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

 protected:
  bool owned_ = false;  // assigning throws

 private:
  // What a copy has in common with its original.
  struct Layout {
    std::uint64_t seed = 1, version = 0;
    std::size_t size = 0, state_size = 0;
    std::vector<Tensor> tensors;
    std::vector<Range> ranges;
    std::vector<StateTensor> state_tensors;
    std::vector<Param> params;  // as the layers declared them
    std::vector<State> states;
    std::vector<std::string> layer_names;  // by entry
    std::vector<ParamSettings> settings;   // likewise
  };
  struct Store : Layout {
    std::uint64_t id = 0, changes = 1;
    bool gradients_used = true, gradients_gone = false;
    Block values, gradients, state;
    std::shared_ptr<StateLine> line;
    InUse in_use;
  };
  explicit Weights(std::shared_ptr<Store> store) noexcept : store_(std::move(store)) {}

  void place(const Graph& graph);
  void take_blocks();
  int index_of(const std::string& name) const;
  std::size_t entry_of(const std::string& layer) const;
  std::span<double> found_state(const std::string& name) const;
  std::span<real> values() const { return {reinterpret_cast<real*>(store_->values.data()), store_->size}; }
  std::span<double> states() const { return {reinterpret_cast<double*>(store_->state.data()), store_->state_size}; }

  std::shared_ptr<Store> store_;  // never null
};

}  // namespace cambium
