// Inputs of any scale: the same pixels in five ranges, and sensors of different kinds.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace gallery {
namespace {

using namespace cambium;

struct Range {
  const char* name;
  double scale, offset;  // of pixels from 0 to 1
};
constexpr Range ranges_of_pixels[] = {
    {"0 to 1", 1, 0}, {"-1 to 1", 2, -1}, {"0 to 255", 255, 0}, {"0 to 65,535", 65535, 0}, {"divided by 255 twice", 1 / 255.0, 0}};
constexpr std::size_t side = 28, row = 14;  // the row of the first digit that is drawn

Values row_of(const Values& images) { return part(images, row * side, (row + 1) * side); }

Shown pixels(const Setting& setting) {
  constexpr int n = 64;
  const DigitImages drawn = made_digits(Split::test, {.count = n, .seed = setting.seed, .threads = setting.threads});
  std::vector<plot::Panel> panels;
  plot::Panel all("what comes out, all five");
  all.x({.label = "pixel"}).y({.label = "value"}).height(180);
  const Values at = counted(side);
  Values first;
  double apart = 0;
  for (const Range& range : ranges_of_pixels) {
    const Values x = made(drawn.images.size(), [&](std::size_t i) { return range.scale * drawn.images[i] / 255.0 + range.offset; });
    const Values y = Fed(Sequential(Shape{1, 28, 28}, BatchNorm(for_input)), {.batch = n, .mode = Mode::train}).feed(x);
    plot::Panel panel(range.name);
    panel.x({.label = "pixel"}).y({.label = "value"}).height(180);
    panel.line(at, row_of(x), {.colour = before});
    panels.push_back(panel);
    all.line(at, row_of(y), {.colour = after, .width = 1 + 0.6 * static_cast<double>(6 - panels.size())});
    if (first.empty()) first = y;
    apart = std::max(apart, largest_of(made(y.size(), [&](std::size_t i) { return y[i] - first[i]; })));
  }
  panels.push_back(all);
  return {
      .figure = plot::Figure(std::move(panels)),
      .caption =
          "One row of a digit in five ranges of pixels, each with the numbers of its own axis. Batch norm right after the "
          "input makes the same of all five, so that nobody has to look the range up.",
      .formula = "y = (x - mean) / sigma: a x + b gives the same y for every a > 0 and b",
      .measured = {
          {"largest difference between the five", apart, 0}, {"mean", mean_of(first), 0}, {"deviation", deviation_of(first), 1}}};
}

constexpr std::size_t kinds = 5;
const std::vector<std::string> sensor_names = {"balance", "pressure", "temperature", "switch", "count"};

// A balance around 0, a pressure from 0 to 10,000, a temperature of 20 +- 0.01, a switch, and a count of events.
Values sensors_of(std::size_t n, const Random& random) {
  return made(n * kinds, [&](std::size_t i) {
    switch (i % kinds) {
      case 0: return random.normal(i);
      case 1: return 1e4 * random.uniform(i);
      case 2: return 20 + 0.01 * random.normal(i);
      case 3: return random.uniform(i) < 0.3 ? 1.0 : 0.0;
      default: return std::floor(-4 * std::log(1 - random.uniform(i)));
    }
  });
}

Shown sensors(const Setting& setting) {
  constexpr std::size_t n = 4000;
  const Values x = sensors_of(n, setting.random("sensors"));
  const Values y = Fed(Sequential(Shape{kinds}, BatchNorm(for_input)), {.batch = n, .mode = Mode::train}).feed(x);
  std::vector<Values> raw, normal;
  Values widths;
  double mean = 0, deviation = 0;
  for (std::size_t c = 0; c < kinds; ++c) {
    raw.push_back(column(x, kinds, c)), normal.push_back(column(y, kinds, c));
    widths.push_back(deviation_of(raw.back()));
    mean = std::max(mean, std::fabs(mean_of(normal.back())));
    deviation = std::max(deviation, std::fabs(deviation_of(normal.back()) - 1));
  }
  return {.figure = plot::Figure({ridges_of(sensor_names, raw, {.title = "before, on one axis", .low = -1000, .high = 11000}),
                                  ridges_of(sensor_names, normal, {.title = "after", .colour = after, .low = -4, .high = 4})}),
          .caption =
              "Five sensors of different units: on one axis all but the pressure are a needle at zero. Batch norm gives each "
              "of them mean 0 and deviation 1, so that a network can weigh one against the other.",
          .formula = "y_c = (x_c - mean_c) / sigma_c, for each sensor c",
          .measured = {{"widest / narrowest before", highest_of(widths) / lowest_of(widths)},
                       {"largest mean after", mean, 0},
                       {"furthest deviation from 1 after", deviation, 0}}};
}

}  // namespace

Family ranges() {
  return {"Inputs of any range", {{"pixels", "Pixels of any range", pixels}, {"sensors", "Sensors of different scales", sensors}}};
}

}  // namespace gallery
