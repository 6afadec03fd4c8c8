// A dataset that lies in memory.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/subset.h"

namespace cambium {

// Samples in memory, as compact as they come. An input is bytes, which a model sees as byte * (1 / 255), or real values. A target
// is labels 0 .. classes - 1, or real values. Copies are cheap: they share the values, which never change.
//
//     MemoryDataset digits(Shape{1, 28, 28}, std::move(bytes), std::move(labels), 10);      without a copy
//     MemoryDataset exclusive_or(Shape{2}, {0, 0, 0, 1, 1, 0, 1, 1}, {0, 1, 1, 0}, 2);
//     MemoryDataset pairs; pairs.add_input(Shape{3, 32, 32}, left).add_input(Shape{7}, facts).add_target(labels, 2);
//
// Values lie sample after sample. Errors, each naming what it is about: no samples, values that are not a whole number of samples,
// counts that disagree, labels out of range (with row and value), values that are not finite (with row and column, and how many).
class MemoryDataset : public Dataset {
 public:
  MemoryDataset() = default;  // without samples until the first add
  MemoryDataset(const Shape& input, std::initializer_list<double> values, std::vector<int> labels, int classes);  // from literals
  MemoryDataset(const Shape& input, std::initializer_list<double> values, const Shape& target,
                std::initializer_list<double> target_values);
  MemoryDataset(const Shape& input, std::vector<std::uint8_t> bytes, std::vector<int> labels, int classes);
  MemoryDataset(const Shape& input, std::vector<real> values, std::vector<int> labels, int classes);
  MemoryDataset(const Shape& input, std::vector<real> values, const Shape& target, std::vector<real> target_values);

  MemoryDataset& add_input(const Shape& shape, std::vector<std::uint8_t> bytes);
  MemoryDataset& add_input(const Shape& shape, std::vector<real> values);
  MemoryDataset& add_target(std::vector<int> labels, int classes);
  MemoryDataset& add_target(std::vector<int> labels, int classes, const Shape& positions);  // so many labels for each sample
  MemoryDataset& add_target(const Shape& shape, std::vector<real> values);
  // The same from memory that stays the caller's, without a copy: it must outlive this set and all that are made of it, and not
  // change. What it holds is checked now. Vectors that nobody else has go to `add_input`, and are not copied either.
  MemoryDataset& borrow_input(const Shape& shape, std::span<const std::uint8_t> bytes);
  MemoryDataset& borrow_input(const Shape& shape, std::span<const real> values);
  MemoryDataset& borrow_target(std::span<const int> labels, int classes, const Shape& positions = {});
  MemoryDataset& borrow_target(const Shape& shape, std::span<const real> values);
  MemoryDataset& borrow_input(const Shape& shape, std::vector<std::uint8_t>&& bytes) = delete;  // they would go: add_input
  MemoryDataset& borrow_input(const Shape& shape, std::vector<real>&& values) = delete;         // they would go: add_input
  MemoryDataset& borrow_target(std::vector<int>&& labels, int classes, const Shape& positions = {}) = delete;
  MemoryDataset& borrow_target(const Shape& shape, std::vector<real>&& values) = delete;  // they would go: add_target
  // How much each sample counts in a loss: 1 as one sample, 0 not at all. Errors: another number than samples, values that are
  // below 0 or not finite, all of them 0.
  MemoryDataset& add_weights(std::vector<real> weights);
  // Names for the classes of the first target, one for each. No names: numbers are used.
  MemoryDataset& name_classes(std::vector<std::string> names);

  std::int64_t size() const override { return size_; }
  std::vector<Shape> input_shapes() const override;
  std::vector<TargetKind> target_kinds() const override;
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override;
  bool has_weights() const override { return weights_ != nullptr; }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept override;
  bool fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept override;
  std::vector<std::string> class_names() const override { return class_names_; }

  Subset subset(std::vector<std::int64_t> rows) const;
  Subset head(std::int64_t n) const;

 private:
  struct Column;  // one input or one target of all samples
  MemoryDataset& add_input(Column column);
  MemoryDataset& add_target(Column column);
  void add(std::vector<std::shared_ptr<const Column>>& columns, const std::string& who, Column column);

  std::int64_t size_ = 0;
  std::vector<std::shared_ptr<const Column>> inputs_, targets_;
  std::shared_ptr<const std::vector<real>> weights_;
  std::vector<std::string> class_names_;
};

TrainAndValidation split(const MemoryDataset& whole, std::int64_t validate_count, std::uint64_t seed);

}  // namespace cambium
