// A list of numbers as an option of a layer, a loss or a schedule: {0.5, 0.75}.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/describe.h"

namespace cambium {

struct Numbers {
  std::vector<double> values;

  Numbers() = default;
  Numbers(std::initializer_list<double> list) : values(list) {}
  Numbers(std::vector<double> list) : values(std::move(list)) {}

  bool empty() const { return values.empty(); }
  std::size_t size() const { return values.size(); }
  double operator[](std::size_t i) const { return values[i]; }
  auto begin() const { return values.begin(); }
  auto end() const { return values.end(); }

  // "[0.5, 0.75]"
  std::string str() const {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : ", ") + text_of(value);
    return "[" + text + "]";
  }
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

}  // namespace cambium
