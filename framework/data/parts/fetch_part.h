// Fetches some samples into the middle of where more will lie: for sets that are made of other sets.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/dataset.h"

namespace cambium {

constexpr std::size_t most_parts = 16;  // inputs, and targets; their views are kept on the stack, as `fetch` may not allocate

// Throws for a set of which fetch_part cannot fetch; `who` begins the message.
inline void check_parts(const Dataset& set, const std::string& who) {
  const std::size_t inputs = set.input_shapes().size(), targets = set.target_kinds().size();
  if (inputs > most_parts || targets > most_parts)
    throw Error(who + ": " + std::to_string(inputs) + " inputs and " + std::to_string(targets) + " targets are more than " +
                    std::to_string(most_parts),
                "joining some of them into one");
}

// The samples `rows` of `set` into the places from `begin` on, of views for `all` samples.
inline void fetch_part(const Dataset& set, std::span<const std::int64_t> rows, std::size_t begin, std::span<const View> inputs,
                       std::span<const std::span<int>> labels, std::span<const View> values, std::size_t all) noexcept {
  const auto cut = [&](std::span<const View> views) {
    std::array<View, most_parts> some;
    for (std::size_t i = 0; i < views.size(); ++i)
      if (views[i].data) some[i] = {views[i].row(static_cast<int>(begin)), views[i].shape, static_cast<int>(rows.size())};
    return some;
  };
  const auto some_inputs = cut(inputs), some_values = cut(values);
  std::array<std::span<int>, most_parts> some_labels;
  for (std::size_t t = 0; t < labels.size(); ++t) {
    const std::size_t each = labels[t].size() / all;  // one, or one for each position
    if (each > 0) some_labels[t] = labels[t].subspan(begin * each, rows.size() * each);
  }
  set.fetch(rows, {some_inputs.data(), inputs.size()}, {some_labels.data(), labels.size()}, {some_values.data(), values.size()});
}

}  // namespace cambium
