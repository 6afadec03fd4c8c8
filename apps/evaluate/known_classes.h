// A set whose classes are numbered as those of a model are.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/same_samples.h"

namespace evaluate {

// The same samples. A class goes by its name; where the set or the model has but numbers for names, by its number. Classes of the
// model may be missing. Error, which begins with `who`: a class that the model does not know.
class KnownClasses final : public apps::SameSamples {
 public:
  KnownClasses(std::shared_ptr<const cambium::Dataset> set, std::vector<std::string> classes, const std::string& who);

  std::vector<TargetKind> target_kinds() const override { return {{.classes = static_cast<int>(classes_.size())}}; }
  void fetch(std::span<const std::int64_t> rows, std::span<const cambium::View> inputs, std::span<const std::span<int>> labels,
             std::span<const cambium::View> values) const noexcept override;
  std::vector<std::string> class_names() const override { return classes_; }

 private:
  std::vector<std::string> classes_;
  std::vector<int> numbers_;  // of the model, for each of the set
};

}  // namespace evaluate
