// Letters of the Latin alphabet, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace cambium {

inline char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string in_small_letters(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = small(c);
  return result;
}

}  // namespace cambium
