// Colours for light and dark pages, and for the values of a field.
#pragma once

#include <cstdint>
#include <string>

#include "cambium/framework/plot/mark.h"

namespace cambium::plot {

constexpr int hues = 7;

const char* class_of(Colour colour);
Colour hue(int number);  // in turn

struct Tone {
  const char* name;  // of a class, and of a variable
  const char* light;
  const char* dark;
};
const Tone* tones(int* count);

// From dark violet over blue and green to light yellow; equal steps are seen as equal, also without their hue (Oklab, Ottosson
// 2020).
struct Rgb {
  std::uint8_t red, green, blue;
};
Rgb field_colour(double part);  // 0 ... 1
std::string hex(Rgb colour);
bool wants_white_text(Rgb colour);

}  // namespace cambium::plot
