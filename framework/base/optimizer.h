// The optimizer contract: how weights move along their gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
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
  bool freeze = false;    // not trained; its statistics are held, and it runs as in evaluate mode by them
  bool moving_statistics = false;  // with freeze: they move all the same
  double l1 = 0, l2 = 0;  // penalties l1 |w| and l2 w^2 / 2 in the loss: the gradient gets l1 sign(w) + l2 w
  double limit = 0;       // |w| at most this after every step; 0: no limit

  template <class V>
  void fields(V&& visit) {
    visit("rate", rate), visit("freeze", freeze), visit("moving_statistics", moving_statistics);
    visit("l1", l1), visit("l2", l2), visit("limit", limit);
  }
};

// Changes of these: what is not named stays as it was.
struct LayerSettings {
  std::optional<double> rate{};
  std::optional<bool> freeze{}, moving_statistics{};
  std::optional<double> l1{}, l2{}, limit{};

  ParamSettings applied_to(ParamSettings old) const {
    return {.rate = rate.value_or(old.rate),
            .freeze = freeze.value_or(old.freeze),
            .moving_statistics = moving_statistics.value_or(old.moving_statistics),
            .l1 = l1.value_or(old.l1),
            .l2 = l2.value_or(old.l2),
            .limit = limit.value_or(old.limit)};
  }
};

// To these, whatever was before.
inline LayerSettings changes_to(const ParamSettings& s) {
  return {s.rate, s.freeze, s.moving_statistics, s.l1, s.l2, s.limit};
}

// One parameter tensor as the optimizer sees it: a stretch of the flat blocks of weights and gradients.
struct Range {
  real* weight = nullptr;
  real* gradient = nullptr;
  std::size_t offset = 0;  // of both from the start of their blocks
  std::size_t size = 0;
  bool decay = true;       // weight decay applies
  ParamSettings settings;
  bool has_gradient = true;  // since the last step; else the weight stays, and so do its moments
};

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

  // begin, and update over all ranges that have a gradient. Marks the gradients as used: the next backward pass overwrites them.
  // False when
  // - a gradient is beyond largest_gradient(): then nothing has moved, and no step is counted. It is looked for only where some
  //   numbers are beyond it; of gradients that are not finite Plan::finite tells;
  // - what the step left, weights and moments, is not all finite: then all of it has moved.
  bool step(Weights& weights);

  // True when `begin` reads the gradients, so that no weight can move before the whole backward pass is done.
  virtual bool needs_whole_gradient() const noexcept = 0;

  // How many steps the whole training will take, those that are done included; schedules that end somewhere need it. Ignored where
  // the user said it.
  virtual void plan_steps(long steps) = 0;
  // The step after which the rate no longer changes; 0 where the schedule has no end, or nobody has said yet.
  virtual long schedule_end() const noexcept { return 0; }
  // The schedule begins again with the step to come, and takes so many. steps() and the moments go on.
  virtual void restart_schedule(long steps) { plan_steps(this->steps() + steps); }

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
  Optimizer() = default;
  Optimizer(const Optimizer& other) : weights_(other.weights_) {}
  Optimizer& operator=(const Optimizer& other) {  // not for users, it copies nothing: trainer.set_optimizer(Sgd())
    weights_ = other.weights_;
    seen_.clear();
    sees_ = false;
    return *this;
  }
  virtual void allocate(std::size_t block_size, Isa isa) = 0;
  virtual void meet(std::span<const Range> /*ranges*/) {}  // all that there are, before the first step; for a count of each

 private:
  std::uint64_t weights_ = 0;  // Weights::id; 0: of none yet
  std::vector<Block> seen_;    // the moments, for a look at them that takes no memory; a copy has moments of its own
  bool sees_ = false;
};

}  // namespace cambium
