// The values of one node over many samples, as a distribution. The node is a dense unit of 16 inputs, y = w x + b with |w| = 1.
#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/layers/linear/dense.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr std::size_t inputs = 16, samples = 100000;

// Inputs spread evenly, with mean 0 and deviation 1.
Values even(const Random& random) {
  return made(samples * inputs, [&](std::size_t i) { return std::sqrt(12.0) * (random.uniform(i) - 0.5); });
}

// What the unit makes of these samples.
Values node(const Values& x, double bias) {
  Fed unit(Sequential(Shape{inputs}, Dense(1)), {.batch = 1000});
  unit.set("dense_1.weight", made(inputs, [](std::size_t i) { return (i % 2 == 0 ? 1 : -1) / std::sqrt(double{inputs}); }));
  unit.set("dense_1.bias", {bias});
  return unit.feed(x);
}

plot::Panel picture_of(const Values& y) {
  return histogram_of(y, {.title = "100,000 samples", .low = -6, .high = 6, .label = "value of the node"}).wide();
}

Shown normal(const Setting& setting) {
  const Values y = node(even(setting.random("normal")), 0);
  double inside = 0;
  for (const double value : y) inside += std::fabs(value) < 1 ? 1 : 0;
  plot::Panel panel = picture_of(y);
  const Values at = counted(121, -6, 0.1);
  panel.line(at, made(at.size(), [&](std::size_t i) { return std::exp(-at[i] * at[i] / 2) / std::sqrt(2 * 3.14159265358979); }),
             {.name = "normal density", .colour = plot::Colour::ink});
  return {.figure = plot::Figure({panel}, 1),
          .caption =
              "One dense unit sums up 16 inputs that are spread evenly, and its value is noted for 100,000 samples. Sums of many "
              "values pile up into "
              "a bell around their mean.",
          .formula = "y = w x + b, |w| = 1, b = 0; density exp(-y^2 / 2) / sqrt(2 pi)",
          .measured = {{"mean", mean_of(y), 0},
                       {"deviation", deviation_of(y), 1},
                       {"share within one deviation", inside / double{samples}, 0.6827}}};
}

Shown shifted(const Setting& setting) {
  const Values y = node(even(setting.random("shifted")), 2);
  return {.figure = plot::Figure({picture_of(y)}, 1),
          .caption =
              "The same unit with a bias of 2: the bell stands beside zero. As weights and biases move in training, so does "
              "the bell of every node.",
          .formula = "y = w x + b, |w| = 1, b = 2",
          .measured = {{"mean", mean_of(y), 2}, {"deviation", deviation_of(y), 1}}};
}

// Two kinds of samples, apart along the weights of the unit: 55 of a hundred stand 2 to its left, the others 2.4 to its right.
Shown bimodal(const Setting& setting) {
  const Random random = setting.random("bimodal");
  const Random kinds = random.of(1);
  const auto centre = [&](std::size_t sample) { return kinds.uniform(sample) < 0.55 ? -2.0 : 2.4; };
  Values x = normals(samples * inputs, random, 0, 0.8);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += (i % 2 == 0 ? 1 : -1) / std::sqrt(double{inputs}) * centre(i / inputs);
  const Values y = node(x, 0);
  return {.figure = plot::Figure({picture_of(y)}, 1),
          .caption =
              "The same unit, on samples of two kinds that it tells apart. Its values make two bells, and hardly any value "
              "lies where their common mean is.",
          .formula = "y = w x + b, x around one of two centres; kurtosis below 3: flatter than a bell",
          .measured = {{"mean", mean_of(y), 0.55 * -2 + 0.45 * 2.4},
                       {"deviation", deviation_of(y), std::sqrt(0.64 + 0.55 * 0.45 * 4.4 * 4.4)},
                       {"kurtosis", standard_moment_of(y, 4)}}};
}

}  // namespace

Family one_node() {
  return {"The values of one node",
          {{"normal", "A node's values are a distribution", normal},
           {"shifted", "It may stand away from zero", shifted},
           {"bimodal", "It may have an odd shape", bimodal}}};
}

}  // namespace gallery
