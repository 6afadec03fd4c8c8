#include <fmt/format.h>

#include <cmath>

#include "apps/gallery/families.h"

namespace gallery {

namespace {

std::string text_of(double value) { return std::fabs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value); }

}  // namespace

std::vector<Family> catalogue() {
  return {one_node(),        two_steps(), observations(), many_nodes(), nonlinearity(),
          trained_network(), ranges(),    odd_inputs(),   drifts(),     market()};
}

std::string text_of(const std::vector<Measured>& measured) {
  std::string text;
  for (const Measured& one : measured) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", one.name, text_of(one.value));
    if (!one.unit.empty()) text += ' ' + one.unit;
    if (one.expected) text += fmt::format(" ({})", text_of(*one.expected));
  }
  return text;
}

}  // namespace gallery
