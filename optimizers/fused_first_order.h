// What optimizers that move each weight by its own gradient share: the rate and its schedule, clipping, counting the steps, and the
// memory of the moments.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/optimizers/schedule.h"

namespace cambium {

// A rule that a kernel applies as a whole: from the gradient as it is to the weight within its limit, and what it left is checked.
// A rule without a kernel derives from FirstOrder.
//
// Before the rule sees it, a gradient goes through, in this order:
//   clip_norm    all gradients times min(1, clip_norm / (norm + 1e-6)): norm over all ranges that are not frozen, as a whole,
//                in double. The 1e-6 is PyTorch's.
//   clip_value   each into [-clip_value, clip_value]
//   penalties    l2 w + l1 sign(w), from the range's settings; a coupled weight decay adds to l2
// Afterwards w is kept within the range's limit. A frozen range stays as it is.
class FusedFirstOrder : public Optimizer {
 public:
  void begin(std::span<const Range> ranges) noexcept override;
  bool needs_whole_gradient() const noexcept override { return common_.clip_norm > 0; }
  void update(const Range& range, std::size_t first, std::size_t last) noexcept override { update_and_look(range, first, last); }
  bool update_and_look(const Range& range, std::size_t first, std::size_t last) noexcept override;
  Outer update_outer(const Range& range, std::size_t first, std::size_t last, const real* rows, const real* columns,
                     std::size_t width) noexcept override;
  void plan_steps(long steps) override;  // throws Error when there are none, or fewer than the warm-up
  long schedule_end() const noexcept override;
  void restart_schedule(long steps) override;  // throws as plan_steps does, and then nothing has changed
  long steps() const noexcept override { return steps_; }
  double rate() const noexcept override { return rate_; }
  void set_rate(double rate) override;
  std::vector<Block> blocks() override;
  void state_dict(StateDict& dict) override;  // steps, where the schedule begins and ends, and the rate as it was last set

  // Goes on as if so many steps had been taken; for a training that is read from a file.
  void resume(long steps) override;

 protected:
  // The options that all have.
  struct Common {
    std::string kind;
    double rate = 0.01, weight_decay = 0;
    Schedule schedule = {};
    double clip_norm = 0, clip_value = 0;
  };
  FusedFirstOrder(Common common, std::vector<std::string> moments);  // throws Error for numbers that make no sense
  FusedFirstOrder(const FusedFirstOrder&) = default;  // moving copies, so that what was moved from is still an optimizer
  FusedFirstOrder& operator=(const FusedFirstOrder&) = default;

  // Throws Error when the schedule ends with the training and its length was not said.
  void allocate(std::size_t block_size, Isa isa) override;

  // Moves the weights of a range from `first` on by a gradient to which is done what stands above. False when something that it
  // left is not finite.
  virtual bool run(const Range& range, std::size_t first, const GradientRows& gradient) noexcept = 0;

  const Common& common() const { return common_; }
  const std::string& kind() const { return common_.kind; }
  const OptimizeKernels& kernels() const { return *kernels_; }
  const ElementwiseKernels& elementwise() const { return *elementwise_; }
  // Moment `which` of the elements of a range from `first` on.
  std::size_t moments() const { return moments_.size(); }
  real* moment(std::size_t which, const Range& range, std::size_t first) {
    return moments_[which].values.data() + range.offset + first;
  }
  GradientShape shape_of(const Range& range, double coupled_decay) const noexcept;

 private:
  struct Moment {
    std::string name;
    std::vector<real> values;
  };
  double norm_scale(std::span<const Range> ranges) const noexcept;

  Common common_;
  std::vector<Moment> moments_;
  const OptimizeKernels* kernels_ = nullptr;
  const ElementwiseKernels* elementwise_ = nullptr;
  double factor_at(long step) const noexcept { return common_.schedule.factor(step - schedule_start_, planned_ - schedule_start_); }

  long steps_ = 0, planned_ = 0, schedule_start_ = 0;
  double rate_ = 0;
  double scale_ = 1;  // of this step's gradients
};

}  // namespace cambium
