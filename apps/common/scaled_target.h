// Values that are learnt in units of their own spread.
#pragma once

#include <memory>

#include "apps/common/same_samples.h"

namespace apps {

// Mean and deviation of all values of a set's first target. A deviation of 0 counts as 1.
struct Scale {
  double mean = 0, deviation = 1;
};
Scale scale_of_targets(const cambium::Dataset& set);

// The same samples, the first target as (value - mean) / deviation: a model whose weights start at order 1 need not travel to
// 250,000 first.
class ScaledTarget final : public SameSamples {
 public:
  ScaledTarget(std::shared_ptr<const cambium::Dataset> set, Scale scale) : SameSamples(std::move(set)), scale_(scale) {}

  void fetch(std::span<const std::int64_t> rows, std::span<const cambium::View> inputs, std::span<const std::span<int>> labels,
             std::span<const cambium::View> values) const noexcept override;

 private:
  Scale scale_;
};

}  // namespace apps
