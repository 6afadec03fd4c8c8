#include "tests/plot/sample_page.h"

#include <cmath>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "tests/plot/random_panel.h"

namespace cambium_tests {
namespace {

using namespace cambium::plot;
using Numbers = std::vector<double>;
using Names = std::vector<std::string>;

const cambium::Random drawn(5);

Numbers normal(std::uint64_t stream, std::uint64_t n, double mean = 0, double sigma = 1) {
  Numbers values;
  for (std::uint64_t i = 0; i < n; ++i) values.push_back(mean + sigma * drawn.of(stream).normal(i));
  return values;
}

Numbers range(double low, double high, int n) {
  Numbers values;
  for (int i = 0; i < n; ++i) values.push_back(low + (high - low) * i / (n - 1));
  return values;
}

template <class F>
Numbers map(const Numbers& x, F f) {
  Numbers y;
  for (const double v : x) y.push_back(f(v));
  return y;
}

template <class F>
Field field(const Numbers& x, const Numbers& y, F f) {
  Field made = {x, y, {}};
  for (const double b : y)
    for (const double a : x) made.values.push_back(f(a, b));
  return made;
}

Figure curves() {
  const Numbers epochs = range(1, 30, 30), noise = normal(1, 31, 0, 0.03);
  const auto falling = [&](double tau, double rest) {
    return map(epochs, [&](double e) { return rest + 2.3 * std::exp(-e / tau) * (1 + noise[static_cast<std::size_t>(e)]); });
  };
  const Numbers training = falling(6, 0.005), test = falling(7, 0.15);
  Panel loss("Loss, and what it is on images that were never seen");
  loss.x({.label = "epoch"}).y({.label = "cross entropy, nats", .logarithmic = true});
  loss.band(epochs, map(test, [](double v) { return 0.8 * v; }), map(test, [](double v) { return 1.25 * v; }),
            {.name = "one sigma over seeds", .colour = Colour::orange});
  loss.line(epochs, training, {.name = "training"}).line(epochs, test, {.name = "test", .colour = Colour::orange, .dashed = true});
  loss.rule_x(12, "rate halved").rule_y(0.1, "target").note(20, test[19], "best so far");
  Panel accuracy("Accuracy");
  accuracy.x({.label = "epoch"}).y({.label = "accuracy, %"});
  double below = 0;
  for (const char* name : {"online norm", "batch norm", "batch renorm", "layer norm", "group norm", "instance norm", "none"})
    accuracy.line(epochs, map(test, [&](double v) { return 99 - 20 * v - below; }), {.name = name}), below += 2.5;
  Panel walk("A hundred thousand steps");
  walk.wide().x({.label = "step"}).y({.label = "price"});
  Numbers steps = normal(2, 100000);
  for (std::size_t i = 1; i < steps.size(); ++i) steps[i] += steps[i - 1];
  walk.line(range(0, 99999, 100000), steps, {.name = "a random walk"});
  return Figure({loss, accuracy, walk});
}

Figure distributions() {
  Numbers humps = normal(3, 2000, -2, 0.5);
  for (const double v : normal(4, 4000, 2, 0.5)) humps.push_back(v);
  Panel histogram("Values, and a sum of two normal distributions");
  histogram.x({.label = "activation"}).y({.label = "density"}).histogram(normal(5, 5000), {}, {.name = "values"});
  histogram.density(humps, {.name = "two humps"}).rule_x(0, "mean");
  Panel counts("Counts on a logarithmic axis");
  counts.x({.label = "size, bytes", .logarithmic = true}).y({.label = "count"});
  counts.histogram(map(normal(6, 5000), [](double v) { return std::exp(2 * v); }), {.density = false});
  std::vector<Ridge> layers;
  for (std::uint64_t i = 0; i < 9; ++i) {
    const auto shift = static_cast<double>(i);
    layers.push_back({"layer " + std::to_string(i), normal(10 + i, 2000, 0.3 * shift, 1 + 0.2 * shift)});
  }
  Panel ridges("Densities, layer by layer");
  ridges.x({.label = "activation"}).ridges(layers).rule_x(0, "zero");
  Panel points("Points and their fit");
  const Numbers x = normal(7, 400), noise = normal(8, 400, 0, 0.5);
  Numbers y = x;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 0.5 * x[i] + noise[i];
  points.x({.label = "gradient"}).y({.label = "change of the loss"}).scatter(x, y, {.name = "samples"});
  points.line(Numbers{-3, 3}, Numbers{-1.5, 1.5}, {.name = "fit", .colour = Colour::vermilion});
  return Figure({histogram, counts, ridges, points});
}

Figure fields() {
  Panel valley("A valley");
  const Field surface = field(range(-2, 2, 81), range(-1.5, 1.5, 61),
                              [](double x, double y) { return 0.01 + (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x); });
  valley.x({.label = "first direction"}).y({.label = "second direction"}).contours(surface, {.logarithmic = true});
  valley.line(Numbers{-1.5, -1, -0.5, 0, 0.5}, Numbers{1, 1, 0.4, 0.1, 0.2}, {.colour = Colour::ink}).note(1, 1, "minimum");
  Panel saddle("Lines of a saddle");
  saddle.contours(field(range(-1.5, 1.5, 41), range(-1.5, 1.5, 41), [](double x, double y) { return x * x - y * y; }),
                  {.levels = 15, .filled = false});
  const Names classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                         "Sandal",      "Shirt",   "Sneaker",  "Bag",   "<script>alert(1)</script>"};
  Panel confusion("Confusion");
  confusion.height(360).x({.label = "said"}).y({.label = "true class"});
  confusion.cells(field(range(0, 9, 10), range(0, 9, 10),
                        [](double x, double y) { return x == y ? 900 - 7 * x : std::floor(3 * std::fabs(x - y)); }),
                  {classes, classes, true});
  Panel heat("A heat map");
  heat.x({.label = "step"}).y({.label = "channel"});
  heat.cells(field(range(0, 59, 60), range(0, 29, 30), [](double x, double y) { return std::sin(x / 8) * std::cos(y / 5); }));
  return Figure({valley, saddle, confusion, heat});
}

Figure bars_and_pictures() {
  const Names norms = {"online", "batch", "renorm", "layer", "none"};
  Panel bars("Accuracy by normalizer");
  bars.y({.label = "accuracy, %"})
      .bars(norms, Numbers{83, 61, 80, 78.6, 78.8}, Numbers{0.5, 3, 1, 0.4, 0.6}, {.name = "batch of 2"});
  bars.bars(norms, Numbers{85, 83, 84, 80, 79}, Numbers{0.5, 1, 1, 0.4, 0.6}, {.name = "batch of 32"})
      .rule_y(90, "in large batches");
  Panel times("Time of each layer");
  Names layers;
  for (int i = 0; i < 14; ++i) layers.push_back("conv2d_" + std::to_string(i) + " 64 x 3 x 3");
  times.y({.label = "ms"}).bars(layers, map(range(1, 14, 14), [](double v) { return 3 + 2 * std::sin(v); }));
  std::vector<Picture> worst;
  for (int k = 0; k < 11; ++k) {
    Picture picture = {28, 28, k == 10 ? 3 : 1, {}, "said " + std::to_string(k) + " (0.87), is a " + std::to_string(9 - k)};
    for (int i = 0; i < 28 * 28 * picture.channels; ++i)
      picture.bytes.push_back(static_cast<std::uint8_t>(127 + 127 * std::sin(i % 28 * 0.1 * (k + 1)) * std::cos(i / 28 * 0.2)));
    worst.push_back(std::move(picture));
  }
  Panel pictures("Worst mistakes");
  pictures.pictures(worst, 6);
  Panel many("Forty lines");
  for (int i = 0; i < 40; ++i)
    many.line(Numbers{0, 1, 2}, Numbers{1.0 * i, 0.5 * i + 3, 0.7 * i}, {.name = "run number " + std::to_string(i)});
  return Figure({bars, times, pictures, many});
}

}  // namespace

Page sample_page() {
  Page page("A page of samples", "Every kind of panel, drawn with numbers that were made up.");
  page.heading("Training").paragraph("Curves, bands, rules and notes, on linear and on logarithmic axes.");
  page.figure("Curves", curves(),
              {"The loss falls, and the accuracy rises with it. The band is one standard deviation over five seeds.",
               "y = (x - mean) / sqrt(variance + epsilon)", "test loss 0.15, accuracy 95.8 %"});
  page.figure("Distributions", distributions(), {"What is in a layer, and what a line makes of it."});
  page.heading("Fields and pictures").figure("Fields", fields()).figure("Bars and pictures", bars_and_pictures());
  page.table({{"norm", "accuracy, %", "a long heading of a column with small numbers in it", "seconds", "comment"},
              {{"online", "83.0 \u00b1 0.4", "1e-3", "12.1", "none"},
               {"<script>", "61.0", "2", "9", "a comment that has to go somewhere"}}},
             "A table that is too wide for a phone");
  page.code(
      "build/apps/train --data fashion-mnist --norm online --batch 2 --rate 0.0025 --seed 1 --epochs 1 --report report.html\n");
  return page;
}

Page random_page(int panels) {
  Page page("Random panels", "With names and numbers of every size.");
  for (int i = 0; i < panels; i += 2) {
    const auto seed = static_cast<std::uint64_t>(1000 + i);
    page.figure("", Figure({random_panel(seed), random_panel(seed + 1)}));
  }
  return page;
}

}  // namespace cambium_tests
