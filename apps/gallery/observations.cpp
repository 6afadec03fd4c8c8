// How many values it takes to know a mean and a deviation. What the layer believes of a batch is its own state: in adapt mode with
// momentum 1, running_mean and running_var are those of the batch.
#include <fmt/format.h>

#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "apps/gallery/staleness.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace gallery {
namespace {

using namespace cambium;

// Means and deviations that the layer finds, one for each of its elements: as many batches of n samples.
struct Found {
  Values means, deviations;
};

Found found_by_layer(const Values& x, std::size_t elements, std::size_t n) {
  Fed norm(Sequential(Shape{static_cast<int>(elements)}, BatchNorm({.momentum = 1, .unbiased = false})),
           {.batch = static_cast<int>(n), .mode = Mode::adapt});
  norm.feed(x);
  return {made(elements, [&](std::size_t c) { return norm.state("batch_norm_1.running_mean", c); }),
          made(elements, [&](std::size_t c) { return std::sqrt(norm.state("batch_norm_1.running_var", c)); })};
}

Shown draws(const Setting& setting) {
  constexpr std::size_t n = 64, count = 6;
  const double of_six = std::sqrt(5.0 / 6);  // around their own mean, six values spread by so much less
  const Values x = normals(n * count, setting.random("draws"));
  const Found found = found_by_layer(x, count, n);
  std::vector<plot::Panel> panels;
  for (std::size_t c = 0; c < count; ++c) {
    plot::Panel panel(fmt::format("mean {:.2f}, deviation {:.2f}", found.means[c], found.deviations[c]));
    panel.x({.low = -4, .high = 4}).y({.low = 0, .high = 16, .shown = false}).height(190);
    panel.histogram(column(x, count, c), {.bins = 20, .density = false, .low = -4, .high = 4}, {.colour = before});
    panel.rule_x(found.means[c]);
    panels.push_back(panel);
  }
  return {.figure = plot::Figure(std::move(panels)),
          .caption =
              "Six batches of 64 values, all drawn from one distribution of mean 0 and deviation 1. Each looks different, and "
              "batch norm believes each.",
          .formula = "mean = sum x / N, sigma^2 = sum (x - mean)^2 / N, N = 64; the mean is off by 1 / sqrt(N) = 0.125",
          .measured = {{"spread of the six means", deviation_of(found.means), of_six * 0.125},
                       {"furthest mean", largest_of(found.means)},
                       {"spread of the six deviations", deviation_of(found.deviations), of_six / std::sqrt(128.0)}}};
}

Shown batch_noise(const Setting& setting) {
  constexpr std::size_t batches = 2000;
  Values sizes, means, deviations;
  for (std::size_t n = 4; n <= 1024; n *= 2) {
    const Found found = found_by_layer(normals(n * batches, setting.random("batch_noise").of(n)), batches, n);
    sizes.push_back(static_cast<double>(n));
    means.push_back(deviation_of(found.means)), deviations.push_back(deviation_of(found.deviations));
  }
  const auto of_sizes = [&](double factor) {
    return made(sizes.size(), [&](std::size_t i) { return 1 / std::sqrt(factor * sizes[i]); });
  };
  const auto log_of = [](const Values& x) { return made(x.size(), [&](std::size_t i) { return std::log(x[i]); }); };
  plot::Panel panel("error of a batch's mean and deviation");
  panel.x({.label = "batch size N", .logarithmic = true}).y({.label = "spread over 2,000 batches", .logarithmic = true}).wide();
  panel.rule_x(64, "64").rule_x(1024, "1024");
  panel.line(sizes, of_sizes(1), {.name = "1 / sqrt(N)", .colour = before});
  panel.line(sizes, of_sizes(2), {.name = "1 / sqrt(2 N)", .colour = after});
  panel.scatter(sizes, means, {.name = "mean, measured", .colour = before, .size = 4});
  panel.scatter(sizes, deviations, {.name = "deviation, measured", .colour = after, .size = 4});
  return {.figure = plot::Figure({panel}, 1),
          .caption =
              "What batch norm finds of a batch is off by one over the root of its size: four times the samples, half the "
              "error. Between 64 and 1,024 samples it is an eighth to a thirtieth of a deviation.",
          .formula = "spread of the mean 1 / sqrt(N), of the deviation 1 / sqrt(2 N), in units of the deviation",
          .measured = {{"slope of the mean's error", slope_of(log_of(sizes), log_of(means)), -0.5},
                       {"slope of the deviation's error", slope_of(log_of(sizes), log_of(deviations)), -0.5},
                       {"mean at 64", means[4], 0.125},
                       {"deviation at 64", deviations[4], 1 / std::sqrt(128.0)},
                       {"mean at 1024", means[8], 1.0 / 32}}};
}

}  // namespace

Family observations() {
  return {"How many observations",
          {{"draws", "Six small draws of one distribution", draws},
           {"batch_noise", "The noise of a batch", batch_noise},
           {"staleness", "Too few are noisy, too many are stale", staleness}}};
}

}  // namespace gallery
