// What a file is, by its first bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cambium {

struct FileKind {
  const char* name = nullptr;  // "PNG"; nothing where it is not known here
  bool picture = false;
  bool array = false;  // as numpy saves it
};

// A dozen bytes are enough. A text may begin like a few of them, as "BMI,age" does like BMP.
FileKind kind_of(std::span<const std::uint8_t> start);

// Whether these bytes stand in `start` at place `at`.
bool begins(std::span<const std::uint8_t> start, std::string_view with, std::size_t at = 0);

}  // namespace cambium
