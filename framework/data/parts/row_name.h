// How a set that is made of others names its rows.
#pragma once

#include <cstdint>
#include <string>

namespace cambium {

// A name that the source has for it says more than any number: "line 18 of cars.csv". Where it has a number there too, both:
// "row 3 (row 17 of the whole)".
inline std::string row_name(std::int64_t row, const std::string& in_source, const std::string& source) {
  return in_source.starts_with("row ") ? "row " + std::to_string(row) + " (" + in_source + " of " + source + ")" : in_source;
}

}  // namespace cambium
