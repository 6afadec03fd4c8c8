// A set made of another, sample by sample.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace apps {

// What the other set says of its samples. Class names are not among it: who derives from this may number classes otherwise.
class SameSamples : public cambium::Dataset {
 public:
  explicit SameSamples(std::shared_ptr<const cambium::Dataset> set) : set_(std::move(set)) {}

  std::int64_t size() const override { return set_->size(); }
  std::vector<cambium::Shape> input_shapes() const override { return set_->input_shapes(); }
  std::vector<TargetKind> target_kinds() const override { return set_->target_kinds(); }
  bool has_weights() const override { return set_->has_weights(); }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<cambium::real> weights) const noexcept override {
    set_->fetch_weights(rows, weights);
  }
  void check_fetched() const override { set_->check_fetched(); }
  std::string describe() const override { return set_->describe(); }
  std::string name_of_row(std::int64_t row) const override { return set_->name_of_row(row); }

 protected:
  std::shared_ptr<const cambium::Dataset> set_;
};

}  // namespace apps
