// A price that drifts: before and after online norm, and what that does to who learns from it row by row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/common/signals.h"
#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "apps/gallery/market_data.h"
#include "cambium/framework/training/online_learner.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/optimizers/sgd.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr double alpha = 0.99;  // about two days of half hours
constexpr std::size_t stretches = 250;

OnlineNorm input_norm() { return OnlineNorm(OnlineNormOptions{.alpha = alpha, .epsilon = 0, .input = true}); }

plot::Panel panel_of(const Values& y, const Side& side) {
  const Stretches parts = stretches_of(y, stretches);
  plot::Panel panel(side.title);
  panel.x({.label = "half hour"}).y({.label = side.label, .low = side.low, .high = side.high}).wide();
  panel.band(parts.x, parts.low, parts.high, {.name = "nine values of ten", .colour = side.colour});
  panel.line(parts.x, parts.middle, {.name = "middle value", .colour = plot::Colour::ink, .width = 1});
  return panel;
}

// How far the means of stretches of n wander, in units of how far values lie from them; 0 where all values of a stretch are equal.
double wander_of(const Values& y, std::size_t n) {
  Values means, widths;
  for (std::size_t first = 0; first + n <= y.size(); first += n) {
    const Values stretch = part(y, first, first + n);
    means.push_back(mean_of(stretch)), widths.push_back(deviation_of(stretch));
  }
  const double width = mean_of(widths);
  return width > 0 ? deviation_of(means) / width : 0;
}

// Where an axis ends, so that a few spikes leave room for all the rest.
struct AxisEnds {
  double low, high;
};

AxisEnds ends_of(Values values) {
  std::ranges::sort(values);
  const double low = values[values.size() / 50], high = values[values.size() - values.size() / 50], more = (high - low) / 3;
  const AxisEnds ends{std::max(values.front(), low - more), std::min(values.back(), high + more)};
  if (ends.low < ends.high) return ends;
  const double around = std::max(1.0, std::fabs(ends.low) / 10);  // a price that hardly ever changes
  return {ends.low - around, ends.high + around};
}

Shown price(const Setting& setting) {
  const MarketData& data = *setting.market;
  const Values x = data.column_of_price();
  const Values y = Fed(Sequential(Shape{1}, input_norm()), {.batch = 500, .mode = Mode::adapt}).feed(x);
  const AxisEnds ends = ends_of(x);
  return {.figure =
              plot::Figure({panel_of(x, {.title = ends.high < highest_of(x) ? "before, spikes cut" : "before",
                                         .low = ends.low,
                                         .high = ends.high,
                                         .label = "price"}),
                            panel_of(y, {.title = "after online norm", .colour = after, .low = -3, .high = 4, .label = "output"})},
                           1),
          .caption = data.source +
                     ": the level of the price wanders from month to month. Online norm with a "
                     "memory of 100 half hours takes the level away and keeps what happens within two days.",
          .formula = "y = (x - mean) / sigma, mean and sigma over the last 1 / (1 - a) rows, a = 0.99",
          .measured = {{"rows", static_cast<double>(data.size())},
                       {"wander of the weekly mean, in deviations of a week, before", wander_of(x, 336)},
                       {"wander after", wander_of(y, 336)}}};
}

// Right answers of each row before it is learnt, over the last 2,000.
struct Learnt {
  Values rows, window;
  StreamFigures all;
};

Learnt learn(const MarketData& data, Graph graph, std::uint64_t seed) {
  OnlineLearner learner(std::move(graph), SoftmaxCrossEntropy(), Sgd({.rate = 0.03}), {.seed = seed, .window = 2000});
  Learnt learnt;
  const Shape shape{static_cast<int>(data.columns)};
  for (std::size_t i = 0; i < data.size() && !apps::stopped(); ++i) {
    learner.learn(ConstView{data.rows.data() + i * data.columns, shape, 1}, Target(std::span(&data.labels[i], 1)));
    if ((i + 1) % 250 != 0 || i < 2000) continue;
    learnt.rows.push_back(static_cast<double>(i + 1)), learnt.window.push_back(100 * learner.metrics().window().accuracy);
  }
  learnt.all = learner.metrics().all();
  return learnt;
}

// As one would by hand: by mean and deviation of each column over the first rows, once and for all.
MarketData standardized(MarketData data) {
  for (std::size_t c = 0; c < data.columns; ++c) {
    const Values first = made(2000, [&](std::size_t i) { return static_cast<double>(data.rows[i * data.columns + c]); });
    const double mean = mean_of(first), deviation = deviation_of(first);
    for (std::size_t i = c; i < data.rows.size(); i += data.columns)
      data.rows[i] = static_cast<real>((static_cast<double>(data.rows[i]) - mean) / (deviation > 0 ? deviation : 1));
  }
  return data;
}

Graph network(const MarketData& data, bool with_norm) {
  Graph graph(Shape{static_cast<int>(data.columns)});
  Node at = graph.input_node();
  if (with_norm) at = graph.then(at, input_norm());
  graph.then(at, Dense(64), Relu(), Dense(32), Relu(), Dense(data.classes));
  return graph;
}

Shown learner(const Setting& setting) {
  const MarketData& data = *setting.market;
  const Learnt with = learn(data, network(data, true), setting.seed), raw = learn(data, network(data, false), setting.seed);
  const Learnt by_hand = learn(standardized(data), network(data, false), setting.seed);
  plot::Panel panel("right of the last 2,000 predictions");
  panel.x({.label = "half hour"}).y({.label = "%"}).wide();
  panel.line(with.rows, with.window, {.name = "online norm behind the input", .colour = after});
  panel.line(by_hand.rows, by_hand.window, {.name = "standardized once, by the first 2,000 rows", .colour = plot::Colour::green});
  panel.line(raw.rows, raw.window, {.name = "as it comes", .colour = before});
  const Values ends{2000, static_cast<double>(data.size())}, last(2, 100 * raw.all.accuracy_of_last);
  panel.line(ends, last, {.name = "as the last one", .colour = plot::Colour::muted, .dashed = true});
  return {.figure = plot::Figure({panel}, 1),
          .caption =
              "The same small network learns the market row by row, each row predicted before it is learnt: with online norm "
              "behind the input, standardized once, and as it comes. What drifts is no longer in the way of what fluctuates.",
          .formula = "accuracy over all rows; rectifiers 64-32, SGD at 0.03, one row a step",
          .measured = {{"accuracy with online norm", 100 * with.all.accuracy, {}, "%"},
                       {"standardized once", 100 * by_hand.all.accuracy, {}, "%"},
                       {"as it comes", 100 * raw.all.accuracy, {}, "%"},
                       {"as the last one", 100 * raw.all.accuracy_of_last, {}, "%"}}};
}

}  // namespace

Family market() {
  return {"A market",
          {{"market", "A price that drifts, before and after online norm", price},
           {"market_learner", "What that does to who learns from it", learner}}};
}

}  // namespace gallery
