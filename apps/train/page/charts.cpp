#include "apps/train/page/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "apps/train/page/mistakes.h"
#include "cambium/framework/base/text.h"

namespace train {
namespace {

using namespace cambium;
using plot::Figure;
using plot::Panel;

using Column = std::vector<double>;

Column column_of(const std::vector<PastEpoch>& epochs, double PastEpoch::*what) {
  Column values;
  for (const PastEpoch& epoch : epochs) values.push_back(epoch.*what);
  return values;
}

bool any(const Column& values) {
  return std::ranges::any_of(values, [](double v) { return std::isfinite(v); });
}

// Losses span decades or none; where none of them is 0 or below, equal factors are of equal height.
bool spans_decades(const Column& a, const Column& b) {
  double least = HUGE_VAL, largest = 0;
  for (const Column* values : {&a, &b})
    for (const double v : *values)
      if (std::isfinite(v)) least = std::min(least, v), largest = std::max(largest, v);
  return least > 0 && largest > 20 * least;
}

std::string class_name(const std::vector<std::string>& names, int c, std::size_t most) {
  return static_cast<std::size_t>(c) < names.size() ? shown(names[static_cast<std::size_t>(c)], most) : std::to_string(c);
}

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.1f}", 100 * share) : ""; }

// A line; a point where there is but one.
void draw(Panel& panel, const Column& x, const Column& y, const plot::Mark& mark = {}) {
  x.size() == 1 ? panel.scatter(x, y, mark) : panel.line(x, y, mark);
}

// Few epochs are counted one by one: there is none between two.
Panel against_epochs(const std::string& title, const Column& epochs, plot::Axis y) {
  constexpr double few = 8;
  plot::Axis x{.label = "epoch"};
  if (epochs.back() - epochs.front() < few)
    for (double epoch = epochs.front(); epoch <= epochs.back(); ++epoch) x.ticks.emplace_back(epoch, fmt::format("{:.0f}", epoch));
  Panel panel(title);
  panel.x(std::move(x)).y(std::move(y));
  return panel;
}

}  // namespace

Figure curves_of(const std::vector<PastEpoch>& epochs, bool classes) {
  const auto column = [&](double PastEpoch::*what) { return column_of(epochs, what); };
  const Column x = column(&PastEpoch::epoch), loss = column(&PastEpoch::loss), held_loss = column(&PastEpoch::validation_loss);
  const Column metric = column(&PastEpoch::metric), held_metric = column(&PastEpoch::validation_metric);
  std::vector<Panel> panels;
  panels.push_back(against_epochs("Loss", x, {.label = "loss", .logarithmic = spans_decades(loss, held_loss)}));
  draw(panels.back(), x, loss, {.name = "training"});
  if (any(held_loss)) draw(panels.back(), x, held_loss, {.name = "validation", .dashed = true});
  if (any(metric) || any(held_metric)) {
    panels.push_back(against_epochs(classes ? "Accuracy" : "R2", x, {.label = classes ? "share of correct labels" : "R2"}));
    if (any(metric)) draw(panels.back(), x, metric, {.name = "training"});
    if (any(held_metric)) draw(panels.back(), x, held_metric, {.name = "validation", .dashed = true});
  }
  panels.push_back(against_epochs("Learning rate", x, {.label = "rate of the last step", .low = 0}));
  draw(panels.back(), x, column(&PastEpoch::rate));
  panels.push_back(against_epochs("Time", x, {.label = "seconds an epoch", .low = 0}));
  draw(panels.back(), x, column(&PastEpoch::seconds));
  return Figure(std::move(panels));
}

std::optional<Figure> confusion_of(const Metrics& metrics, const std::vector<std::string>& names) {
  constexpr int most = 40, most_with_numbers = 15;
  const int classes = metrics.classes;
  if (classes > most) return std::nullopt;
  plot::Field field;
  plot::Cells cells{.numbers = classes <= most_with_numbers};
  for (int c = 0; c < classes; ++c) {
    field.x.push_back(c), field.y.push_back(c);
    cells.columns.push_back(class_name(names, c, 16)), cells.rows.push_back(class_name(names, c, 16));
    for (int taken = 0; taken < classes; ++taken) field.values.push_back(static_cast<double>(metrics.confused(c, taken)));
  }
  Panel panel;
  panel.x({.label = "taken for"}).y({.label = "is"}).height(std::clamp(100.0 + 26 * classes, 180.0, 700.0));
  panel.cells(field, cells);
  return Figure({std::move(panel)}, 1);
}

plot::Table classes_of(const Metrics& metrics, const std::vector<std::string>& names) {
  constexpr int most = 100;
  plot::Table table{{"class", "samples", "precision %", "recall %", "F1 %"}, {}};
  for (int c = 0; c < std::min(metrics.classes, most); ++c) {
    std::int64_t samples = 0;
    for (int taken = 0; taken < metrics.classes; ++taken) samples += metrics.confused(c, taken);
    table.rows.push_back({class_name(names, c, 60), std::to_string(samples), percent(metrics.precision(c)),
                          percent(metrics.recall(c)), percent(metrics.f1(c))});
  }
  return table;
}

Figure predictions_of(const std::vector<std::pair<double, double>>& pairs, const std::string& target) {
  Column values, predictions, errors;
  for (const auto& [value, prediction] : pairs)
    values.push_back(value), predictions.push_back(prediction), errors.push_back(prediction - value);
  Panel both("Predicted"), off("How far off");
  const std::string name = shown(target, 30);
  both.x({.label = name}).y({.label = "predicted"}).scatter(values, predictions);
  if (!values.empty()) {
    const auto [least, largest] = std::ranges::minmax(values);
    const Column ends{least, largest};
    both.line(ends, ends, {.name = "exact", .colour = plot::Colour::muted, .dashed = true});
  }
  off.x({.label = "predicted - " + name}).y({.label = "density"}).histogram(errors).rule_x(0);
  return Figure({std::move(both), std::move(off)});
}

std::optional<Figure> filters_of(const FirstLayer& layer, const std::vector<std::string>& columns) {
  Panel panel;
  if (!layer.pictures.empty()) {
    constexpr int most_pixels = 28, columns_of_pictures = 8;
    std::vector<plot::Picture> pictures;
    for (const Picture& picture : layer.pictures) pictures.push_back(picture_of(picture, most_pixels));
    const int rows = (static_cast<int>(pictures.size()) + columns_of_pictures - 1) / columns_of_pictures;
    panel.height(40 + 50.0 * rows);
    panel.pictures(pictures, std::min(columns_of_pictures, static_cast<int>(pictures.size())));
    return Figure({std::move(panel)}, 1);
  }
  constexpr int most_inputs = 64;
  if (layer.inputs == 0 || layer.inputs > most_inputs) return std::nullopt;
  plot::Field field;
  for (int i = 0; i < layer.inputs; ++i) field.x.push_back(i);
  for (int i = 0; i * layer.inputs < static_cast<int>(layer.weights.size()); ++i) field.y.push_back(i);
  field.values = layer.weights;
  plot::Cells cells;
  if (static_cast<int>(columns.size()) == layer.inputs && layer.inputs <= 20)
    for (const std::string& column : columns) cells.columns.push_back(shown(column, 24));
  panel.x({.label = "input"})
      .y({.label = "node"})
      .height(std::clamp(80.0 + 10 * static_cast<double>(field.y.size()), 180.0, 420.0));
  panel.cells(field, cells);
  return Figure({std::move(panel)}, 1);
}

Figure spreads_of(const std::vector<std::string>& norms, const std::vector<PastLook>& looks) {
  std::vector<Panel> panels;
  Column x;
  for (const PastLook& look : looks) x.push_back(look.epoch);
  for (std::size_t i = 0; i < norms.size(); ++i)
    for (const bool after : {false, true}) {
      Column low, middle, high, under, over;
      for (const PastLook& look : looks) {
        const std::vector<Spread>& spreads = after ? look.after : look.before;
        const Spread s = i < spreads.size() ? spreads[i] : Spread{};
        low.push_back(s.low), middle.push_back(s.middle), high.push_back(s.high);
        under.push_back(s.mean - s.deviation), over.push_back(s.mean + s.deviation);
      }
      const auto colour = after ? plot::Colour::blue : plot::Colour::orange;
      panels.push_back(against_epochs((after ? "after " : "before ") + norms[i], x, {.label = "value"}));
      panels.back().band(x, low, high, {.name = "5 to 95 %", .colour = colour});
      panels.back().line(x, middle, {.name = "median", .colour = colour});
      panels.back().line(x, under, {.name = "mean +- deviation", .colour = plot::Colour::muted, .dashed = true});
      panels.back().line(x, over, {.colour = plot::Colour::muted, .dashed = true});
      panels.back().height(200);
    }
  return Figure(std::move(panels));
}

// Before a normalizer scales may be a million apart, so there each is in deviations of its own.
Figure densities_of(const Activations& activations) {
  std::vector<Panel> panels;
  for (const bool after : {false, true}) {
    const auto& values = after ? activations.after() : activations.before();
    std::vector<plot::Ridge> ridges;
    for (std::size_t i = 0; i < values.size(); ++i) {
      Column shape = values[i];
      const Spread s = spread_of(shape);
      if (!after)
        for (double& v : shape) v = (v - s.mean) / (s.deviation > 0 ? s.deviation : 1);
      ridges.push_back({activations.norms()[i], std::move(shape)});
    }
    panels.emplace_back(after ? "After each normalizer" : "Before each normalizer");
    panels.back().x({.label = after ? "value" : "(value - mean) / deviation"});
    panels.back().height(90 + 45.0 * static_cast<double>(ridges.size()));
    panels.back().ridges(ridges, {.colour = after ? plot::Colour::blue : plot::Colour::orange});
  }
  return Figure(std::move(panels));
}

// Each layer stands one below the one that was added before it. An edge from further up goes round on the left, the longer the
// further out.
std::optional<Figure> drawing_of(const Graph& graph) {
  constexpr std::size_t most = 80;
  const std::vector<Graph::Entry>& entries = graph.entries();
  if (entries.size() > most) return std::nullopt;
  Panel panel;
  const double depth = static_cast<double>(entries.size());
  panel.x({.low = -1.2, .high = 4, .shown = false}).y({.low = -depth, .high = 1, .shown = false}).height(40 + 24 * depth);
  Column y;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    y.push_back(-static_cast<double>(i));
    for (const int from : entries[i].inputs) {
      const double above = -static_cast<double>(from), span = y.back() - above;
      const plot::Mark edge{.colour = plot::Colour::muted, .width = 1.25};
      if (span == -1) {
        panel.line(Column{0, 0}, Column{above, y.back()}, edge);
      } else {
        const double out = -0.2 - 0.9 * std::min(1.0, -span / std::max(depth, 8.0));
        panel.line(Column{0, out, out, 0}, Column{above, above - 0.4, y.back() + 0.4, y.back()}, edge);
      }
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i)
    panel.note(0, y[i], fmt::format("{}, {}", entries[i].name, entries[i].shape.str()));
  return Figure({std::move(panel)}, 1);
}

}  // namespace train
