// Sizes and numbers of things: as the standard library counts, multiplied, and as text.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace cambium {

// An index or a count.
constexpr std::size_t as_size(int n) { return static_cast<std::size_t>(n); }

// How many values an array of these sizes has, 1 without any; nothing where they are more than `most`.
template <class Sizes>
std::optional<std::size_t> product_of(const Sizes& sizes, std::size_t most = std::numeric_limits<std::size_t>::max()) {
  std::size_t product = 1;
  for (const auto size : sizes) {
    if (size > 0 && product > most / static_cast<std::size_t>(size)) return std::nullopt;
    product *= static_cast<std::size_t>(size);
  }
  return product;
}

// "60000x28x28"
template <class Sizes>
std::string text_of_sizes(const Sizes& sizes) {
  std::string text;
  for (const auto size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

}  // namespace cambium
