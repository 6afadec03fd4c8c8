// A cell that cannot be read.
#pragma once

#include <string>

#include "cambium/framework/base/error.h"

namespace cambium {

// The row can be passed over, and what is behind the cell be read: the table itself is whole.
struct CellFault : Error {
  // comma: a number with a decimal one; word: a text where a number is needed.
  enum class Kind { other, comma, word } kind;

  CellFault(const std::string& problem, const std::string& remedy, Kind of = Kind::other) : Error(problem, remedy), kind(of) {}
};

}  // namespace cambium
