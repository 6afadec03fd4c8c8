// The optimizer contract: how weights move along their gradients.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {

class Weights;

// What the user sets for the parameters of one layer.
struct ParamSettings {
  double rate = 1;        // factor on the learning rate
  bool freeze = false;    // not trained
  double l1 = 0, l2 = 0;  // penalties l1 |w| and l2 w^2 / 2 in the loss: the gradient gets l1 sign(w) + l2 w
  double limit = 0;       // |w| at most this after every step; 0: no limit

  template <class V>
  void fields(V&& visit) { visit("rate", rate), visit("freeze", freeze), visit("l1", l1), visit("l2", l2), visit("limit", limit); }
};

// One parameter tensor as the optimizer sees it: a stretch of the flat blocks of weights and gradients.
struct Range {
  real* weight = nullptr;
  real* gradient = nullptr;
  std::size_t offset = 0;  // of both from the start of their blocks
  std::size_t size = 0;
  bool decay = true;       // weight decay applies
  ParamSettings settings;
};

// An optimizer knows no layer: it sees ranges of flat blocks. Its moments are blocks of the same layout, so they can be saved.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Takes the memory that the moments need; called before the first step. A second call for the same layout changes nothing.
  void prepare(const Weights& weights);

  // The start of a step: counts it, finds the rate, and measures the gradient where it is clipped by norm.
  virtual void begin(std::span<const Range> ranges) noexcept = 0;
  // Moves the weights of a range from `first` to `last`. Any cut of a range gives the same bits.
  virtual void update(const Range& range, std::size_t first, std::size_t last) noexcept = 0;
  // The same, and a look at what it left there: false when a weight or a moment is not finite. An optimizer whose loop can tell
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

  // begin, and update over all ranges in order. Marks the gradients as used: the next backward pass overwrites them. False when
  // - a gradient is beyond largest_gradient(): then nothing has moved, and no step is counted. It is looked for only where some
  //   numbers are beyond it; of gradients that are not finite Plan::finite tells;
  // - what the step left, weights and moments, is not all finite: then all of it has moved.
  bool step(Weights& weights);

  // True when `begin` reads the gradients, so that no weight can move before the whole backward pass is done.
  virtual bool needs_whole_gradient() const noexcept = 0;

  // How many steps the whole training will take; schedules that end somewhere need it. Ignored where the user said it.
  virtual void plan_steps(long steps) = 0;

  virtual long steps() const noexcept = 0;   // taken so far
  virtual void resume(long steps) = 0;       // goes on after so many steps; the moments are restored through blocks()
  virtual double rate() const noexcept = 0;  // of the last step begun, or of the first one to come

  // The moments, as blocks laid out like the weights, with their names ("velocity"; "m", "v"). For saving.
  struct Block {
    std::string name;
    std::span<real> values;
  };
  virtual std::vector<Block> blocks() = 0;

  virtual Description describe() const = 0;

 protected:
  virtual void allocate(std::size_t block_size, Isa isa) = 0;

 private:
  std::vector<Block> seen_;             // the moments, for a look at them that takes no memory
  const Optimizer* seen_of_ = nullptr;  // a copy has moments of its own
  std::size_t seen_size_ = 0;
};

}  // namespace cambium
