#include "cambium/framework/training/parts/not_finite.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// The largest magnitude in a part of a block.
double largest(std::span<const real> block, const Range& range) {
  return static_cast<double>(kernels(best_isa()).elementwise.largest(block.data() + range.offset, range.size));
}

}  // namespace

std::string what_is_not_finite(const Plan& plan, Weights& weights, Optimizer& optimizer) {
  const auto& tensors = weights.tensors();
  const auto first_in = [&](std::span<const real> block) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (!std::isfinite(largest(block, weights.ranges()[i]))) return tensors[i].name;
    return std::string();
  };
  if (const std::string name = first_in(std::as_const(weights).block()); !name.empty())
    return fmt::format("the weight {} is not finite{}", name, after_the_step);
  for (const Optimizer::Block& moment : optimizer.blocks())
    if (const std::string name = first_in(moment.values); !name.empty())
      return fmt::format("the moment {} of {} is not finite{}", moment.name, name, after_the_step);
  for (std::size_t i = tensors.size(); i-- > 0;) {
    const Range& range = weights.ranges()[i];
    const double most = range.settings.freeze ? 0 : largest(weights.gradient_block(), range);
    if (!std::isfinite(most)) return fmt::format("the gradient of {} is not finite", tensors[i].name);
    if (most > static_cast<double>(optimizer.largest_gradient()))
      return fmt::format("the gradient of {} reaches {:g}, and {} takes at most {:.3g}", tensors[i].name, most,
                         optimizer.describe().kind, optimizer.largest_gradient());
  }
  const std::string state = plan.bad_state();
  return (state.empty() ? "a gradient on the way" : "the state " + state) + " is not finite";
}

}  // namespace cambium
