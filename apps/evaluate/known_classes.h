// A set whose classes are numbered as those of a model are.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace evaluate {

// The same samples. A class goes by its name; where the set or the model has but numbers for names, by its number. Classes of the
// model may be missing. Error, which begins with `who`: a class that the model does not know.
class KnownClasses final : public cambium::Dataset {
 public:
  KnownClasses(std::shared_ptr<const cambium::Dataset> set, std::vector<std::string> classes, const std::string& who);

  std::int64_t size() const override { return set_->size(); }
  std::vector<cambium::Shape> input_shapes() const override { return set_->input_shapes(); }
  std::vector<TargetKind> target_kinds() const override { return {{.classes = static_cast<int>(classes_.size())}}; }
  void fetch(std::span<const std::int64_t> rows, std::span<const cambium::View> inputs, std::span<const std::span<int>> labels,
             std::span<const cambium::View> values) const noexcept override;
  bool has_weights() const override { return set_->has_weights(); }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<cambium::real> weights) const noexcept override {
    set_->fetch_weights(rows, weights);
  }
  void check_fetched() const override { set_->check_fetched(); }
  std::vector<std::string> class_names() const override { return classes_; }
  std::string describe() const override { return set_->describe(); }
  std::string name_of_row(std::int64_t row) const override { return set_->name_of_row(row); }

 private:
  std::shared_ptr<const cambium::Dataset> set_;
  std::vector<std::string> classes_;
  std::vector<int> numbers_;  // of the model, for each of the set
};

}  // namespace evaluate
