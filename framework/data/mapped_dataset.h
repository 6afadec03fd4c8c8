// A dataset whose samples are made of those of another set, by a function of the user's own.
#pragma once

#include <memory>
#include <utility>

#include "cambium/framework/data/function_dataset.h"

namespace cambium {

// What the samples of a set look like, for a set that changes only what is in them.
SampleKind kind_of(const Dataset& set);

std::int64_t size_of(const Dataset* whole);  // Error: null

// Memory for one sample of a set.
class SampleMemory {
 public:
  SampleMemory(const Dataset& set, std::int64_t row);  // with the sample in it; throws what the set could not read
  ~SampleMemory();
  SampleMemory(const SampleMemory&) = delete;
  SampleMemory& operator=(const SampleMemory&) = delete;
  MadeSample sample() const;

 private:
  struct Values;  // hidden: who never maps compiles none of it
  std::unique_ptr<Values> values_;
};

// Sample after sample, f(from, to) writes what the other set's sample becomes; `to` is full of zeros. The rest is as with a
// MadeDataset: f may be called from several threads, may allocate, and may throw.
//
//     const auto squares = std::make_shared<MappedDataset>(numbers, SampleKind{{Shape{1}}, {{.shape = Shape{1}}}},
//         [](const MadeSample& from, const MadeSample& to) {
//           to.input()[0] = from.input()[0], to.values()[0] = from.input()[0] * from.input()[0];
//         });
//
// Samples count as they do in the other set. Errors: null, and those of MadeDataset.
template <class F>
class MappedDataset final : public MadeDataset {
 public:
  MappedDataset(std::shared_ptr<const Dataset> whole, SampleKind kind, F function)
      : MadeDataset(size_of(whole.get()), std::move(kind)), whole_(std::move(whole)), function_(std::move(function)) {}

  bool has_weights() const override { return whole_->has_weights(); }
  void fetch_weights(std::span<const std::int64_t> rows, std::span<real> weights) const noexcept override {
    whole_->fetch_weights(rows, weights);
  }
  std::string name_of_row(std::int64_t row) const override { return whole_->name_of_row(row); }

 protected:
  void make(std::int64_t row, const MadeSample& to) const override {
    const SampleMemory from(*whole_, row);
    function_(from.sample(), to);
  }

 private:
  std::shared_ptr<const Dataset> whole_;
  F function_;
};

}  // namespace cambium
