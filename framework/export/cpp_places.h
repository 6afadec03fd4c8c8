// Where the values of a program lie when it runs for one sample: in the caller's arrays, or in one block of memory that they share.
#pragma once

#include <cstddef>
#include <vector>

#include "cambium/framework/export/inference.h"

namespace cambium {

struct CppPlace {
  enum class In { input, output, memory } in = In::memory;
  std::size_t at = 0;  // the number of the input or output, or floats from the start of the memory
  bool operator==(const CppPlace&) const = default;
};

struct CppPlaces {
  std::vector<CppPlace> of;  // by value
  std::size_t floats = 0;    // of memory
};

// A value lies where it is handed out, if it is an output; a reshaped one where it came from, if it is none. An operation on single
// values that alone still needs its input in memory writes over it. No other writes where it reads.
CppPlaces places_of(const inference::Program& program);

}  // namespace cambium
