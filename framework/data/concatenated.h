// Several datasets as one, without copying them.
#pragma once

#include <memory>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace cambium {

// The samples of the first set, then those of the second, and so on: `Concatenated both({a, b})` of shared pointers to sets. The
// names of classes are the first set's. Where some sets have weights, samples of the others count 1.
// Errors: no sets, null, sets whose inputs or targets are of other kinds or whose classes have other names; more than 16 inputs or
// targets.
class Concatenated : public Dataset {
 public:
  explicit Concatenated(std::vector<std::shared_ptr<const Dataset>> sets);

  std::int64_t size() const override { return ends_.back(); }
  std::vector<Shape> input_shapes() const override { return sets_[0]->input_shapes(); }
  std::vector<TargetKind> target_kinds() const override { return sets_[0]->target_kinds(); }
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override;
  bool has_weights() const override;
  void fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept override;
  bool fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept override;
  void check_fetched() const override;
  std::vector<std::string> class_names() const override { return sets_[0]->class_names(); }
  std::string name_of_row(std::int64_t row) const override;  // "row 70 (row 10 of set 2)"; a set's own name for it alone

 private:
  std::size_t set_of(std::int64_t row) const noexcept;
  std::int64_t begin_of(std::size_t set) const noexcept { return set == 0 ? 0 : ends_[set - 1]; }
  std::span<const std::int64_t> first_run(std::span<const std::int64_t> rows, std::span<std::int64_t> own) const noexcept;

  std::vector<std::shared_ptr<const Dataset>> sets_;
  std::vector<std::int64_t> ends_;  // of each set, in rows of the whole
};

}  // namespace cambium
