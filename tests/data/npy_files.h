// .npy files byte by byte, for tests.
#pragma once

#include <string>

namespace cambium_tests {

// The dictionary that numpy writes.
inline std::string literal(const std::string& type, const std::string& sizes) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + sizes + ", }";
}

// A whole file of this version, without padding.
inline std::string npy_bytes(const std::string& header, const std::string& values, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> 8 * i & 255);
  return bytes + header + values;
}

}  // namespace cambium_tests
