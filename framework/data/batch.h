// One batch as it goes into a model and its losses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "cambium/framework/base/shape.h"

namespace cambium {

// What an output is compared with: a class label per sample, or per position of each, or values of the output's shape. A sample
// counts `weights[i]` times, once where there are none.
struct Target {
  std::span<const int> labels;
  ConstView values;
  std::span<const real> weights;

  Target() = default;
  Target(std::span<const int> l) : labels(l) {}
  Target(const std::vector<int>& l) : labels(l) {}
  Target(ConstView v) : values(v) {}
  Target(View v) : values(v) {}
  bool has_labels() const { return values.data == nullptr; }
};

// Inputs and targets of the same samples. `const auto& [image, label] = batch` takes the first of each.
struct Batch {
  std::span<const ConstView> inputs;
  std::span<const Target> targets;
  std::span<const std::int64_t> rows{};  // which samples of the data set these are, one number each; empty where it was not said
  std::span<const std::int64_t> mixed_with{};  // and which ones were mixed into them (Mixup), one each; else empty

  const ConstView& x() const { return inputs[0]; }
  const Target& target() const { return targets[0]; }
  int size() const { return inputs[0].batch; }

  template <std::size_t I>
  const auto& get() const {
    if constexpr (I == 0)
      return inputs[0];
    else
      return targets[0];
  }
};

}  // namespace cambium

template <>
struct std::tuple_size<cambium::Batch> : std::integral_constant<std::size_t, 2> {};
template <>
struct std::tuple_element<0, cambium::Batch> {
  using type = const cambium::ConstView;
};
template <>
struct std::tuple_element<1, cambium::Batch> {
  using type = const cambium::Target;
};
