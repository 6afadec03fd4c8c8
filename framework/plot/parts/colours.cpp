#include "cambium/framework/plot/parts/colours.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cambium::plot {
namespace {

// Hues of Okabe and Ito, darker on light pages where they would be pale there, lighter on dark ones.
constexpr Tone all_tones[] = {
    {"blue", "#0072b2", "#4ba3dc"},      {"orange", "#cf8600", "#e69f00"}, {"green", "#00906a", "#1fb88f"},
    {"vermilion", "#c23b00", "#f0803c"}, {"purple", "#b5558a", "#dd8fba"}, {"sky", "#4a9fd8", "#8ccdf4"},
    {"yellow", "#857b00", "#f0e442"},    {"ink", "#1c2126", "#e8eaed"},    {"muted", "#5c6670", "#9da7b1"}};

struct Oklab {
  double l, a, b;
};

// Lightness grows evenly, and the hue turns from violet to yellow.
Oklab lab_of(double part) {
  constexpr double pi = 3.14159265358979;
  const double hue = (300 - 195 * part) * pi / 180;
  const double chroma = 0.11 + 0.05 * std::sin(pi * part) + 0.03 * part;
  return {0.28 + 0.63 * part, chroma * std::cos(hue), chroma * std::sin(hue)};
}

double cube(double v) { return v * v * v; }

double encoded(double linear) {
  linear = std::clamp(linear, 0.0, 1.0);
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

double decoded(std::uint8_t byte) {
  const double v = byte / 255.0;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

}  // namespace

const char* class_of(Colour colour) {
  const int index = static_cast<int>(colour) - 1;
  return all_tones[std::clamp(index, 0, hues + 1)].name;
}

Colour hue(int number) { return static_cast<Colour>(1 + number % hues); }

const Tone* tones(int* count) {
  *count = static_cast<int>(std::size(all_tones));
  return all_tones;
}

Rgb field_colour(double part) {
  const Oklab c = lab_of(std::clamp(part, 0.0, 1.0));
  const double l = cube(c.l + 0.3963377774 * c.a + 0.2158037573 * c.b);
  const double m = cube(c.l - 0.1055613458 * c.a - 0.0638541728 * c.b);
  const double s = cube(c.l - 0.0894841775 * c.a - 1.2914855480 * c.b);
  const auto byte = [](double linear) { return static_cast<std::uint8_t>(std::lround(encoded(linear) * 255)); };
  return {byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

std::string hex(Rgb colour) { return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue); }

bool wants_white_text(Rgb colour) {
  const double luminance = 0.2126 * decoded(colour.red) + 0.7152 * decoded(colour.green) + 0.0722 * decoded(colour.blue);
  return luminance < 0.179;  // where black and white stand out as much
}

}  // namespace cambium::plot
