// A dataset whose samples are made when they are needed, by a function of the user's own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace cambium {

// One sample of a set, to be written: each input, and for each target a label or values.
class MadeSample {
 public:
  MadeSample(std::span<const View> inputs, std::span<const std::span<int>> labels, std::span<const View> values, int at)
      : inputs_(inputs), labels_(labels), values_(values), at_(at) {}

  std::span<real> input(int i = 0) const { return row(inputs_[static_cast<std::size_t>(i)]); }
  int& label(int target = 0) const { return labels(target)[0]; }
  std::span<int> labels(int target = 0) const {  // one for each position
    const std::span<int> all = labels_[static_cast<std::size_t>(target)];
    const std::size_t each = all.size() / static_cast<std::size_t>(inputs_[0].batch);
    return all.subspan(static_cast<std::size_t>(at_) * each, each);
  }
  std::span<real> values(int target = 0) const { return row(values_[static_cast<std::size_t>(target)]); }

 private:
  std::span<real> row(const View& view) const { return {view.row(at_), static_cast<std::size_t>(view.shape.size())}; }

  std::span<const View> inputs_;
  std::span<const std::span<int>> labels_;
  std::span<const View> values_;
  int at_;
};

// What the samples of a FunctionDataset look like.
struct SampleKind {
  std::vector<Shape> inputs;
  std::vector<Dataset::TargetKind> targets{};  // {{.classes = 10}} or {{.shape = Shape{1}}}; both: labels per position
  std::vector<std::string> class_names{};
};

// Makes samples one by one. A class of one's own derives from it and writes `make`; a function goes into FunctionDataset. `make`
// may be called from several threads at once, for any row below size(), and should give the same sample for the same row each time.
// It finds the memory full of zeros. It may allocate and throw: the first exception is thrown again by Stream::next and all that
// use one, with the row in its text where it is an Error; a stream may meet it some batches early, since it fetches ahead.
class MadeDataset : public Dataset {
 public:
  // Errors: no samples, no inputs, more than 16 inputs or targets.
  MadeDataset(std::int64_t size, SampleKind kind);
  ~MadeDataset() override;
  MadeDataset(const MadeDataset&) = default;
  MadeDataset& operator=(const MadeDataset&) = default;

  std::int64_t size() const override { return size_; }
  std::vector<Shape> input_shapes() const override { return kind_.inputs; }
  std::vector<TargetKind> target_kinds() const override { return kind_.targets; }
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override;
  void check_fetched() const override;
  std::vector<std::string> class_names() const override { return kind_.class_names; }

 protected:
  virtual void make(std::int64_t row, const MadeSample& sample) const = 0;

 private:
  struct Fault;  // the first exception, and a lock
  std::int64_t size_;
  SampleKind kind_;
  std::shared_ptr<Fault> fault_;
};

// A set of 10^10 points, of which none is kept:
//
//     const FunctionDataset points(10'000'000'000, {{Shape{2}}, {{.classes = 2}}}, [](std::int64_t row, const MadeSample& sample) {
//       sample.input()[0] = ..., sample.input()[1] = ..., sample.label() = ...;
//     });
template <class F>
class FunctionDataset final : public MadeDataset {
 public:
  FunctionDataset(std::int64_t size, SampleKind kind, F function)
      : MadeDataset(size, std::move(kind)), function_(std::move(function)) {}

 protected:
  void make(std::int64_t row, const MadeSample& sample) const override { function_(row, sample); }

 private:
  F function_;
};

}  // namespace cambium
