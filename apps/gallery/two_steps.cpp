// Batch norm in two steps: the mean is taken away, then the deviation is divided by. The layer makes both at once; Affine with the
// batch's own deviation as its gamma undoes the second.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr std::size_t n = 20000;

PlanOptions training() { return {.batch = n, .mode = Mode::train}; }

// In adapt mode with momentum 1 the layer's state is the batch's own mean and variance.
Shown centred(const Setting& setting) {
  const Values x = normals(n, setting.random("centred"), 2, 2);
  Fed norm(Sequential(Shape{1}, BatchNorm({.momentum = 1, .unbiased = false}), Affine()), {.batch = n, .mode = Mode::adapt});
  norm.feed(x);
  norm.set("affine_1.gamma", {std::sqrt(norm.state("batch_norm_1.running_var") + 1e-5)});
  const Values y = norm.feed(x);
  return {.figure = plot::Figure({histogram_of(x, {.title = "before", .low = -8, .high = 10}),
                                  histogram_of(y, {.title = "without its mean", .colour = after, .low = -8, .high = 10})}),
          .caption = "Step one takes the mean away, so that the distribution stands around zero. Its width stays as it was.",
          .formula = "y = x - mean, mean = sum x / N",
          .measured = {{"mean before", mean_of(x), 2},
                       {"mean after", mean_of(y), 0},
                       {"deviation before", deviation_of(x), 2},
                       {"deviation after / before", deviation_of(y) / deviation_of(x), 1}}};
}

Shown scaled(const Setting& setting) {
  const Values x = normals(n, setting.random("scaled"), 0, 2);
  const Values y = Fed(Sequential(Shape{1}, BatchNorm()), training()).feed(x);
  return {.figure = plot::Figure({histogram_of(x, {.title = "before", .low = -8, .high = 8}),
                                  histogram_of(y, {.title = "divided by its deviation", .colour = after, .low = -8, .high = 8})}),
          .caption =
              "Step two divides by the standard deviation, the square root of the variance. The width is then one, whatever "
              "it was.",
          .formula = "y = (x - mean) / sqrt(var + epsilon), var = sum (x - mean)^2 / N",
          .measured = {
              {"mean after", mean_of(y), 0}, {"deviation before", deviation_of(x), 2}, {"deviation after", deviation_of(y), 1}}};
}

// Three peaks, at 0, 2 and 4.6, with shares such that they should come out near -1.7, -0.6 and 1.
std::size_t kind_of(std::size_t i) { return i < n * 14 / 100 ? 0 : i < n * 55 / 100 ? 1 : 2; }

double swapped_pairs(const Values& x, const Values& y) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return x[i]; });
  double swapped = 0;
  for (std::size_t i = 1; i < order.size(); ++i) swapped += y[order[i]] < y[order[i - 1]] ? 1 : 0;
  return swapped;
}

Shown odd(const Setting& setting) {
  constexpr double peaks[] = {0, 2, 4.6};
  const Values noise = normals(n, setting.random("odd"), 0, 0.3);
  const Values x = made(n, [&](std::size_t i) { return peaks[kind_of(i)] + noise[i]; });
  const Values y = Fed(Sequential(Shape{1}, BatchNorm()), training()).feed(x);
  const auto peak = [&](std::size_t kind) {
    Values those;
    for (std::size_t i = 0; i < n; ++i)
      if (kind_of(i) == kind) those.push_back(y[i]);
    return mean_of(those);
  };
  const auto changed = [&](int power) { return standard_moment_of(y, power) - standard_moment_of(x, power); };
  return {.figure = plot::Figure({histogram_of(x, {.title = "before", .low = -4, .high = 6}),
                                  histogram_of(y, {.title = "after batch norm", .colour = after, .low = -4, .high = 6})}),
          .caption =
              "Three peaks go in and three peaks come out: to shift and to scale makes no bell of what is none. Only the "
              "mean is zero and the variance one.",
          .formula = "y = (x - mean) / sigma; skewness and kurtosis are the same for x and y",
          .measured = {{"mean", mean_of(y), 0},
                       {"variance", moment_of(y, 2), 1},
                       {"peak 1", peak(0), -1.7},
                       {"peak 2", peak(1), -0.6},
                       {"peak 3", peak(2), 1},
                       {"change of the skewness", changed(3), 0},
                       {"change of the kurtosis", changed(4), 0},
                       {"pairs in another order", swapped_pairs(x, y), 0}}};
}

Shown affine(const Setting& setting) {
  constexpr double gamma = 1.5, beta = 2;
  const Values x = normals(n, setting.random("affine"), -3, 0.5);
  Fed both(Sequential(Shape{1}, BatchNorm(), Affine()), training());
  const Values fresh = both.feed(x);
  both.set("affine_1.gamma", {gamma}), both.set("affine_1.beta", {beta});
  const Values learnt = both.feed(x);
  plot::Panel panel("one node");
  panel.x({.label = "value", .low = -6, .high = 8}).y({.low = 0, .shown = false}).wide();
  panel.density(x, {.name = "before", .colour = before}).density(fresh, {.name = "batch norm", .colour = after});
  panel.density(learnt, {.name = "and Affine, gamma 1.5, beta 2", .colour = plot::Colour::green});
  return {.figure = plot::Figure({panel}, 1),
          .caption =
              "A layer of its own gives each node a width and a place that training chooses. What the weights before it did "
              "to width and place is gone all the same.",
          .formula = "y = gamma (x - mean) / sigma + beta",
          .measured = {{"mean before", mean_of(x), -3},
                       {"mean after batch norm", mean_of(fresh), 0},
                       {"mean after Affine", mean_of(learnt), beta},
                       {"deviation after Affine", deviation_of(learnt), gamma}}};
}

}  // namespace

Family two_steps() {
  return {"Normalization in two steps",
          {{"centred", "Step one: the mean is taken away", centred},
           {"scaled", "Step two: the variance becomes one", scaled},
           {"odd", "An odd shape stays odd", odd},
           {"affine", "Scale and shift are a layer of their own", affine}}};
}

}  // namespace gallery
