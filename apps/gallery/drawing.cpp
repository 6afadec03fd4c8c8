#include "apps/gallery/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gallery {

using namespace cambium::plot;

namespace {

std::string two_digits(double value) { return fmt::format("{:.2f}", std::fabs(value) < 0.005 ? 0 : value); }

}  // namespace

Panel histogram_of(const Values& values, const Side& side) {
  Panel panel(side.title + ": mean " + two_digits(mean_of(values)) + ", deviation " + two_digits(deviation_of(values)));
  panel.x({.label = side.label, .low = side.low, .high = side.high}).y({.low = 0, .shown = false});
  panel.histogram(values, {.bins = 60, .low = side.low, .high = side.high}, {.colour = side.colour});
  panel.rule_x(mean_of(values));
  return panel;
}

Panel signal_of(const Values& x, const Values& y, const Side& side, const std::string& x_label) {
  Panel panel(side.title);
  panel.x({.label = x_label}).y({.label = side.label, .low = side.low, .high = side.high});
  panel.line(x, y, {.colour = side.colour, .width = 1.25});
  return panel;
}

Panel ridges_of(const std::vector<std::string>& names, const std::vector<Values>& channels, const Side& side) {
  std::vector<Ridge> ridges;
  for (std::size_t c = 0; c < channels.size(); ++c) ridges.push_back({names[c], thinned(channels[c], 4000)});
  Panel panel(side.title);
  panel.x({.label = side.label, .low = side.low, .high = side.high});
  panel.ridges(ridges, {.colour = side.colour});
  const Values means = made(channels.size(), [&](std::size_t c) { return mean_of(channels[c]); });
  panel.scatter(means, counted(means.size()), {.name = "mean", .colour = Colour::ink, .size = 3});
  return panel;
}

Stretches stretches_of(const Values& y, std::size_t count, double step) {
  Stretches stretches;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t first = y.size() * k / count, last = y.size() * (k + 1) / count;
    Values sorted = part(y, first, last);
    std::ranges::sort(sorted);
    const auto at = [&](double share) { return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]; };
    stretches.x.push_back(step * static_cast<double>(first + last) / 2);
    stretches.low.push_back(at(0.05)), stretches.middle.push_back(at(0.5)), stretches.high.push_back(at(0.95));
  }
  return stretches;
}

}  // namespace gallery
