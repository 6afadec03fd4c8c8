#include "cambium/framework/training/function_loss.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/parts/distances.h"

namespace cambium {

void SampleGradient::Place::operator=(double slope) const noexcept {
  if (at_) *at_ = stored(share_ * slope);
}

void check_function_loss(const char* kind, bool labels, const Shape& output, const Dataset::TargetKind& target) {
  if (!labels) return check_alike(kind, output, target, "a function that takes an int for the label");
  if (target.classes < 1)
    throw Error(std::string(kind) + ": the targets are values of " + target.shape.str() + ", and its function takes a label",
                "a function that takes std::span<const real> for the target");
}

}  // namespace cambium
