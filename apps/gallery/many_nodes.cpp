// Each element has a mean and a deviation of its own; after a convolution each channel has, with all of its pixels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/stream.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace gallery {
namespace {

using namespace cambium;

// Three nodes: a bell at 3, two bells around -4, and a slope that begins at 0.
Values three_nodes(std::size_t n, const Random& random) {
  const Random kinds = random.of(1);
  return made(3 * n, [&](std::size_t i) {
    if (i % 3 == 0) return 3 + 0.7 * random.normal(i);
    if (i % 3 == 1) return (kinds.uniform(i) < 0.6 ? -5.5 : -2) + 0.6 * random.normal(i);
    return -1.5 * std::log(1 - kinds.uniform(i));
  });
}

// How many values of the other nodes have other bits, when node 0 becomes a thousand times as large.
double others_changed(Fed& norm, const Values& x, const Values& y) {
  Values louder = x;
  for (std::size_t i = 0; i < x.size(); i += 3) louder[i] *= 1000;
  const Values again = norm.feed(louder);
  double changed = 0;
  for (std::size_t i = 0; i < y.size(); ++i) changed += i % 3 != 0 && again[i] != y[i] ? 1 : 0;
  return changed;
}

Shown elements(const Setting& setting) {
  constexpr std::size_t n = 10000;
  const Values x = three_nodes(n, setting.random("elements"));
  Fed norm(Sequential(Shape{3}, BatchNorm()), {.batch = n, .mode = Mode::train});
  const Values y = norm.feed(x);
  std::vector<plot::Panel> panels;
  double mean = 0, deviation = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const Values raw = column(x, 3, c), one = column(y, 3, c);
    const auto side = [&](const char* when, plot::Colour colour) {
      return Side{.title = fmt::format("node {}, {}", c + 1, when), .colour = colour, .low = -8, .high = 8};
    };
    panels.push_back(histogram_of(raw, side("before", before)).height(190));
    panels.push_back(histogram_of(one, side("after", after)).height(190));
    mean = std::max(mean, std::fabs(mean_of(one))), deviation = std::max(deviation, std::fabs(deviation_of(one) - 1));
  }
  return {.figure = plot::Figure(std::move(panels)),
          .caption =
              "Three nodes of one layer, each shifted and scaled by its own mean and deviation. None of them is touched by what "
              "another one does.",
          .formula = "y_c = (x_c - mean_c) / sigma_c, for each element c",
          .measured = {{"largest mean after", mean, 0},
                       {"furthest deviation from 1", deviation, 0},
                       {"values of nodes 2 and 3 that change when node 1 is 1,000 times as large", others_changed(norm, x, y), 0}}};
}

// The mean over the batch of each pixel of channel c.
Values pixel_means(const ConstView& y, int c) {
  const auto spatial = as_size(y.shape.spatial());
  Values means(spatial);
  for (int n = 0; n < y.batch; ++n)
    for (std::size_t i = 0; i < spatial; ++i) means[i] += static_cast<double>(y.row(n)[as_size(c) * spatial + i]) / y.batch;
  return means;
}

plot::Panel map_of(const ConstView& y, int c) {
  const int height = y.shape[1], width = y.shape[2];
  plot::Field field{counted(as_size(width)), counted(as_size(height)), {}};
  const Values means = pixel_means(y, c);
  for (int row = height - 1; row >= 0; --row)  // the first row of an image is its upper one
    field.values.insert(field.values.end(), means.begin() + row * width, means.begin() + (row + 1) * width);
  plot::Panel panel(fmt::format("channel {} after: mean of each pixel", c + 1));
  panel.x({.shown = false}).y({.shown = false}).height(330);
  panel.cells(field);
  return panel;
}

Shown channels(const Setting& setting) {
  constexpr int n = 512, filters = 6;
  Fed net(Sequential(Shape{1, 28, 28}, Conv2d(filters, {.kernel = 5}), BatchNorm()),
          {.batch = n, .mode = Mode::train, .threads = setting.threads, .observe = {"conv2d_1", "batch_norm_1"}}, setting.seed);
  const MemoryDataset set = digits(Split::train, {.count = n, .seed = setting.seed, .threads = setting.threads});
  for (const Batch& batch : set.stream({.batch = n, .shuffle = false})) {
    const Values ink = values_of(batch.x());
    net.feed(made(ink.size(), [&](std::size_t i) { return 1 - ink[i]; }));  // dark ink on white paper
  }
  const ConstView x = net.plan().input_of("batch_norm_1"), y = net.plan().output_of("batch_norm_1");
  std::vector<Values> raw, normal;
  std::vector<std::string> names;
  double mean = 0, deviation = 0, spread = 0, pixel = 0;
  for (int c = 0; c < filters; ++c) {
    raw.push_back(channel_of(x, c)), normal.push_back(channel_of(y, c)), names.push_back(fmt::format("{}", c + 1));
    mean = std::max(mean, std::fabs(mean_of(normal.back())));
    deviation = std::max(deviation, std::fabs(deviation_of(normal.back()) - 1));
    spread = std::max(spread, std::fabs(mean_of(raw.back())));
    pixel = std::max(pixel, largest_of(pixel_means(y, c)));
  }
  return {.figure = plot::Figure({ridges_of(names, raw, {.title = "before, channel by channel", .low = -4, .high = 4}),
                                  ridges_of(names, normal, {.title = "after", .colour = after, .low = -4, .high = 4}), map_of(y, 0),
                                  map_of(y, 1)}),
          .caption =
              "Behind a convolution all pixels of a channel share one mean and one deviation, since one filter made them all. "
              "So the channel as a whole has mean 0, and where the pixel lies is still to be seen in it.",
          .formula = "mean_c = sum of x_c over samples and positions / (N H W)",
          .measured = {{"largest channel mean before", spread},
                       {"largest channel mean after", mean, 0},
                       {"furthest deviation from 1", deviation, 0},
                       {"largest mean of a pixel after", pixel}}};
}

}  // namespace

Family many_nodes() {
  return {"Element by element, channel by channel",
          {{"elements", "Each element by itself", elements}, {"channels", "After a convolution, each channel", channels}}};
}

}  // namespace gallery
