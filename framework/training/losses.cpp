#include "cambium/framework/training/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"

namespace cambium {

Losses::Losses(std::vector<std::shared_ptr<const Loss>> losses) : all_(std::move(losses)) {
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (!all_[i]) throw Error(fmt::format("losses: number {} is null", i + 1), "std::make_shared<SquaredError>()");
}

std::shared_ptr<const Loss> Losses::shared(const Loss* made) try {
  return std::shared_ptr<const Loss>(made);
} catch (const std::bad_alloc&) {
  no_memory_for("a loss");
}

std::vector<std::shared_ptr<const Loss>> Losses::list(std::initializer_list<std::shared_ptr<const Loss>> losses) try {
  return losses;
} catch (const std::bad_alloc&) {
  no_memory_for("losses");
}

Losses Losses::weigh(std::vector<double> weights) const {
  if (weights.size() != size())
    throw Error(fmt::format("losses: {} weights for {} losses", weights.size(), size()), "one weight for each output");
  for (std::size_t i = 0; i < size(); ++i)
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      throw Error(fmt::format("losses: the weight of output {} is {}, which must be at least 0 and finite", i + 1, weights[i]),
                  ".weigh({1, 0.3})");
  if (std::ranges::all_of(weights, [](double weight) { return weight == 0; }))
    throw Error("losses: all weights are 0", ".weigh({1, 0.3})");
  Losses losses = *this;
  losses.weights_ = std::move(weights);
  return losses;
}

}  // namespace cambium
