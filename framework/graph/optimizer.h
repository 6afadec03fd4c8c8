// The optimizer contract: how weights move along their gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/graph/param_settings.h"
#include "cambium/framework/kernels/isa.h"

namespace cambium {

class Weights;
class StateDict;

// An optimizer knows no layer: it sees ranges of flat blocks. Its moments are blocks of the same layout, so they can be saved. It
// belongs to the weights that it has prepared for; a copy of it belongs to the same ones.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Takes the memory that the moments need; called before the first step. A second call for the same weights changes nothing, and
  // one for others is an Error: another model, a copy, or what an assignment put in their place.
  void prepare(const Weights& weights);
  void check_belongs(const Weights& weights) const;  // throws where prepare would, and changes nothing

  // The start of a step: counts it, finds the rate, and measures the gradient where it is clipped by norm. Where a range has no
  // gradient there are zeros, and `update` is not called.
  virtual void begin(std::span<const Range> ranges) noexcept = 0;
  // Moves the weights of a range from `first` to `last`. Any cut of a range gives the same bits.
  virtual void update(const Range& range, std::size_t first, std::size_t last) noexcept = 0;
  // The same, and whether what it left is finite: false when a weight or a moment is not finite. An optimizer whose loop can tell
  // overrides it.
  virtual bool update_and_look(const Range& range, std::size_t first, std::size_t last) noexcept;

  // update_and_look for the rows from `first` to `last` of a matrix of `width` columns whose gradient is rows(i) * columns(j),
  // which is never written: the same, bit for bit.
  enum class Outer { cannot, finite, not_finite };  // cannot: nothing has moved
  virtual Outer update_outer(const Range& /*range*/, std::size_t /*first*/, std::size_t /*last*/, const real* /*rows*/,
                             const real* /*columns*/, std::size_t /*width*/) noexcept {
    return Outer::cannot;
  }

  // What goes beyond this counts as not finite, and nothing moves by it. For a rule that squares gradients.
  virtual real largest_gradient() const noexcept { return std::numeric_limits<real>::max(); }

  // begin, and update over all ranges that have a gradient. Marks the gradients as used: the next backward pass overwrites them.
  // False when
  // - a gradient is beyond largest_gradient(): nothing has moved then, and no step counts (Plan::finite tells of other gradients);
  // - what the step left, weights and moments, is not all finite: then all of it has moved.
  bool step(Weights& weights);

  // True when `begin` reads the gradients, so that no weight can move before the whole backward pass is done.
  virtual bool needs_whole_gradient() const noexcept = 0;

  // How many steps the whole training will take, those that are done included; schedules that end somewhere need it. Ignored where
  // the user said it.
  virtual void plan_steps(long steps) = 0;
  // The step after which the rate no longer changes; 0 where the schedule has no end, or its length was not said yet.
  virtual long schedule_end() const noexcept { return 0; }
  // The schedule begins again with the step to come, and takes so many. steps() and the moments go on.
  virtual void restart_schedule(long steps) { plan_steps(this->steps() + steps); }

  virtual long steps() const noexcept = 0;   // taken so far
  virtual void resume(long steps) = 0;       // goes on after so many steps; the moments are restored through blocks()
  virtual double rate() const noexcept = 0;  // of the last step begun, or of the first one to come
  // From the next step on, this is what the schedule multiplies, as .rate was: between steps, or in a callback of fit. For one
  // layer: weights.set("dense_1", {.rate = 0.1}), a factor. Error: not above 0 and finite; an optimizer that does not override it.
  virtual void set_rate(double rate);

  // The moments, as blocks laid out like the weights, with their names ("velocity"; "m", "v"). For saving.
  struct Block {
    std::string name;
    std::span<real> values;
  };
  virtual std::vector<Block> blocks() = 0;
  // What it goes on by beside the moments, after a training was cut: for one that counts more than its steps to override.
  virtual void state_dict(StateDict& dict);

  virtual Description describe() const = 0;

 protected:
  Optimizer() = default;
  Optimizer(const Optimizer& other) : weights_(other.weights_) {}
  Optimizer& operator=(const Optimizer& other) {  // not for users, it copies nothing: trainer.set_optimizer(Sgd())
    weights_ = other.weights_;
    seen_.clear();
    return *this;
  }
  virtual void allocate(std::size_t block_size, Isa isa) = 0;
  virtual void meet(std::span<const Range> /*ranges*/) {}  // all that there are, before the first step; for a count of each

 private:
  std::uint64_t weights_ = 0;  // Weights::id; 0: of none yet
  std::vector<Block> seen_;    // the moments, to be checked without taking memory; a copy has moments of its own
};

}  // namespace cambium
