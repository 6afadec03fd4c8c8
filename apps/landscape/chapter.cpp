#include "apps/landscape/chapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace landscape {

using cambium::plot::Axis;
using cambium::plot::Colour;
using cambium::plot::Mark;

void Chapter::add(const std::string& network, Norm norm, const std::string& series, const Vector& x, const Vector& values) {
  for (std::size_t i = 0; i < std::min(x.size(), values.size()); ++i)
    points.push_back({network, name(norm), series, x[i], values[i]});
}

const std::vector<Measure>& measures() {
  static const std::vector<Measure> all{
      {"gradient", "the loss, and its gradient, along the gradient", along_gradient_chapter},
      {"drift", "how far the means of nodes move while the weights below them do", drift_chapter},
      {"shift", "what a layer's gradient is worth when the layers below have moved", gradient_shift_chapter},
      {"hessian", "the steepest curvature, at equal loss", hessian_chapter},
      {"surface", "the loss over two directions, as contours", surface_chapter},
      {"growth", "what one long step does, layer by layer, and how the gradient is spread", growth_chapter},
      {"saturation", "how many nodes lie where their nonlinearity is flat", saturation_chapter},
      {"channels", "how 50 layers of rectifiers forget their input", channels_chapter},
      {"rates", "the largest learning rate, and a rate that grows for ever", rates_chapter},
      {"identity", "what batch norm takes away from a gradient", identity_chapter},
  };
  return all;
}

Mark mark_of(Norm norm, bool dashed) {
  const Colour colour = norm == Norm::none ? Colour::vermilion : norm == Norm::batch ? Colour::blue : Colour::green;
  return {.name = name(norm), .colour = colour, .dashed = dashed};
}

Axis layer_axis(int layers) {
  Axis axis{.label = "layer", .low = 1, .high = layers};
  const int each = layers <= 10 ? 1 : layers <= 20 ? 5 : 10;
  for (int i = 1; i <= layers; ++i)
    if (i == 1 || i % each == 0) axis.ticks.emplace_back(i, std::to_string(i));
  return axis;
}

Mark unnamed(Mark mark) {
  mark.name.clear();
  return mark;
}

Vector counted(std::size_t n, double first, double each) {
  Vector numbers;
  for (std::size_t i = 0; i < n; ++i) numbers.push_back(first + each * static_cast<double>(i));
  return numbers;
}

Smooth smooth(const Vector& values, std::size_t window) {
  Smooth found;
  for (std::size_t i = 0; i + window <= values.size(); i += window) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i);
    found.x.push_back(static_cast<double>(i) + static_cast<double>(window) / 2);
    found.values.push_back(mean(Vector(first, first + static_cast<std::ptrdiff_t>(window))));
  }
  return found;
}

std::string ratio(double of, double by) { return by > 0 ? fmt::format("{:.2f}", of / by) : "-"; }

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace landscape
