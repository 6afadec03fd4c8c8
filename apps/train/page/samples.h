// Some samples of a set, and what stands in them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/subset.h"

namespace train {

// At most so many, evenly from the whole set, which must outlive them.
cambium::Subset some_of(const cambium::Dataset& set, std::int64_t most);

// The first input of these rows.
struct Inputs {
  std::vector<cambium::real> values;
  cambium::Shape shape;
  int count = 0;

  cambium::ConstView view() const { return {values.data(), shape, count}; }
  std::span<const cambium::real> row(std::size_t i) const {
    const auto size = static_cast<std::size_t>(shape.size());
    return std::span(values).subspan(i * size, size);
  }
};
Inputs inputs_of(const cambium::Dataset& set, const std::vector<std::int64_t>& rows);

}  // namespace train
