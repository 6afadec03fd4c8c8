// Values that are learnt in units of their own spread.
#pragma once

#include <memory>

#include "cambium/framework/data/dataset.h"

namespace apps {

// Mean and deviation of all values of a set's first target. A deviation of 0 counts as 1.
struct Scale {
  double mean = 0, deviation = 1;
};
Scale scale_of_targets(const cambium::Dataset& set);

// The same samples, the first target as (value - mean) / deviation: a model whose weights start at order 1 need not travel to
// 250,000 first.
class ScaledTarget final : public cambium::Dataset {
 public:
  ScaledTarget(std::shared_ptr<const cambium::Dataset> set, Scale scale) : set_(std::move(set)), scale_(scale) {}

  std::int64_t size() const override { return set_->size(); }
  std::vector<cambium::Shape> input_shapes() const override { return set_->input_shapes(); }
  std::vector<TargetKind> target_kinds() const override { return set_->target_kinds(); }
  void fetch(std::span<const std::int64_t> rows, std::span<const cambium::View> inputs, std::span<const std::span<int>> labels,
             std::span<const cambium::View> values) const noexcept override;
  bool has_weights() const override { return set_->has_weights(); }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<cambium::real> weights) const noexcept override {
    set_->fetch_weights(rows, weights);
  }
  void check_fetched() const override { set_->check_fetched(); }
  std::string describe() const override { return set_->describe(); }
  std::string name_of_row(std::int64_t row) const override { return set_->name_of_row(row); }

 private:
  std::shared_ptr<const cambium::Dataset> set_;
  Scale scale_;
};

}  // namespace apps
