#include "cambium/framework/data/mapped_dataset.h"

#include <vector>

#include "cambium/framework/base/error.h"

namespace cambium {

SampleKind kind_of(const Dataset& set) { return {set.input_shapes(), set.target_kinds(), set.class_names()}; }

std::int64_t size_of(const Dataset* whole) {
  if (!whole) throw Error("mapped dataset: the other set is null", "std::make_shared of a dataset");
  return whole->size();
}

struct SampleMemory::Values {
  std::vector<std::vector<real>> reals;
  std::vector<std::vector<int>> numbers;
  std::vector<View> inputs, values;
  std::vector<std::span<int>> labels;

  View view(const Shape& shape) {
    reals.emplace_back(static_cast<std::size_t>(shape.size()));
    return {reals.back().data(), shape, 1};
  }
};

SampleMemory::SampleMemory(const Dataset& set, std::int64_t row) : values_(std::make_unique<Values>()) {
  Values& v = *values_;
  for (const Shape& shape : set.input_shapes()) v.inputs.push_back(v.view(shape));
  for (const auto& [classes, shape] : set.target_kinds()) {
    if (classes > 0) v.numbers.emplace_back(static_cast<std::size_t>(shape.size()));
    v.labels.push_back(classes > 0 ? std::span<int>(v.numbers.back()) : std::span<int>());
    v.values.push_back(classes > 0 ? View{} : v.view(shape));
  }
  set.fetch({&row, 1}, v.inputs, v.labels, v.values);
  set.check_fetched();
}

SampleMemory::~SampleMemory() = default;

MadeSample SampleMemory::sample() const { return {values_->inputs, values_->labels, values_->values, 0}; }

}  // namespace cambium
