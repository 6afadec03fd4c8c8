// When a label of numbers is a class, where nobody has said.
#pragma once

#include <cstddef>

namespace cambium {

constexpr std::size_t most_label_numbers = 20;

// Whole numbers, few of them, and each in two rows on average: 0 and 1, or the digits; not prices.
inline bool numbers_are_classes(bool whole, std::size_t different, std::size_t rows) {
  return whole && different <= most_label_numbers && 2 * different <= rows;
}

}  // namespace cambium
