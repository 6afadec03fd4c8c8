// A part of a dataset, without copying it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace cambium {

// The samples `rows` of another dataset, in this order; a row may come more than once. Copies share the list.
// Errors: no rows, a row that the dataset does not have, a dataset of more than 16 inputs or 16 targets.
class Subset : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> rows);

  std::int64_t size() const override { return static_cast<std::int64_t>(rows_->size()); }
  std::vector<Shape> input_shapes() const override { return whole_->input_shapes(); }
  std::vector<TargetKind> target_kinds() const override { return whole_->target_kinds(); }
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override;
  bool has_weights() const override { return whole_->has_weights(); }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept override;
  bool fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept override;
  void check_fetched() const override { whole_->check_fetched(); }
  std::vector<std::string> class_names() const override { return whole_->class_names(); }
  std::string describe() const override;  // "1000 of 60000 samples of 1x28x28, 10 classes"
  // "row 3 (row 17 of the whole)"; where the whole has a name for its rows, that alone: "line 18 of cars.csv".
  std::string name_of_row(std::int64_t row) const override;

  const std::vector<std::int64_t>& rows() const& { return *rows_; }  // in the whole
  std::vector<std::int64_t> rows() && { return *rows_; }             // for a loop over the rows of a passing one

 private:
  std::size_t map(std::span<const std::int64_t> rows, std::span<std::int64_t> mapped) const noexcept;

  std::shared_ptr<const Dataset> whole_;
  std::shared_ptr<const std::vector<std::int64_t>> rows_;
};

// The first n samples. Error: n below 1 or above the size.
Subset head(std::shared_ptr<const Dataset> whole, std::int64_t n);

struct TrainAndValidation {
  Subset train, validation;
};

// Puts `validate_count` samples, drawn with this seed, aside for validation: `auto [train, validation] = split(all, 5000, 7);`.
// No sample is in both, none is lost, and each keeps the order of the whole. Error: validate_count below 1 or not below the size.
TrainAndValidation split(std::shared_ptr<const Dataset> whole, std::int64_t validate_count, std::uint64_t seed);

// The same with its share for each class of the first target: of 103 samples, four classes of 25 and one of 3, 20 for validation
// are 5 of each class of 25 but one, and 1 of the 3. A share is right to within one sample, a remainder going to the classes that
// lack most. A class of two samples or more is in both parts where each has room for one of every such class, even if that is more
// than its share; a class of one sample is in the validation part only where the shares of the others do not fill it. Reads all
// samples once where the set does not know its labels alone. Errors: those of split; a first target that is no label; those of the
// set.
TrainAndValidation stratified_split(std::shared_ptr<const Dataset> whole, std::int64_t validate_count, std::uint64_t seed);

}  // namespace cambium
