// The Python dictionary in the header of an .npy file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cambium {

struct NpyLiteral {
  std::string type;  // "<f4"
  bool fortran_order = false;
  std::vector<std::int64_t> sizes;
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing else: the three keys in any order, each once,
// spaces and new lines between words and at the end, either quotes, sizes from 0 to 2^63 - 1, with the L of old files or without,
// at most 32 of them. Throws Error, naming the file `who` and the place in the text, for all else.
NpyLiteral parse_npy_literal(const std::string& who, std::string_view text);

}  // namespace cambium
