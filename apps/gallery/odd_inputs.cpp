// Inputs that are constant, have two levels, or hardly ever move. With p the share of the high level, the levels come out at
//   -sqrt(p / (1 - p)) and sqrt((1 - p) / p).
#include <fmt/format.h>

#include <cmath>

#include "apps/gallery/drawing.h"
#include "apps/gallery/families.h"
#include "apps/gallery/fed.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"

namespace gallery {
namespace {

using namespace cambium;

double low_level(double p) { return -std::sqrt(p / (1 - p)); }
double high_level(double p) { return std::sqrt((1 - p) / p); }

Shown constant(const Setting& setting) {
  constexpr std::size_t n = 16000, breaks = 4000;
  const Random random = setting.random("constant");
  const Values x = made(2 * n, [&](std::size_t i) {
    if (i % 2 == 0) return 200.7;
    return i / 2 < breaks ? 150 + 20 * random.normal(i) : 230;  // a broken sensor is often stuck at its end
  });
  const Values y = Fed(Sequential(Shape{2}, OnlineNorm(for_input)), {.batch = 500, .mode = Mode::adapt}).feed(x);
  const Values in_batches = Fed(Sequential(Shape{2}, BatchNorm(for_input)), {.batch = 100, .mode = Mode::train}).feed(x);
  const Values at = thinned(counted(n), 800), sensor = column(y, 2, 1);
  const auto panel_of = [&](const Values& values, const Side& side) {
    plot::Panel panel(side.title);
    panel.x({.label = "sample"}).y({.label = side.label});
    panel.line(at, thinned(column(values, 2, 1), 800), {.name = "a sensor that breaks", .colour = side.colour, .width = 1});
    panel.line(at, thinned(column(values, 2, 0), 800), {.name = "a constant", .colour = plot::Colour::ink});
    return panel.rule_x(breaks, "breaks"), panel;
  };
  const Values broken = part(sensor, breaks + 10000, n);
  return {
      .figure = plot::Figure({panel_of(x, {.title = "before", .label = "reading"}),
                              panel_of(y, {.title = "after online norm", .colour = after, .label = "output"})}),
      .caption =
          "A constant becomes zero from the first sample on. A sensor that breaks and stays where it is is loud once, and "
          "then fades: nothing has to be told that it is broken.",
      .formula = "y = (x - mean) / sigma; a constant has x = mean, and after a break y fades as alpha^(t / 2)",
      .measured = {{"largest output of the constant, online norm", largest_of(column(y, 2, 0)), 0},
                   {"largest output of the constant, batch norm", largest_of(column(in_batches, 2, 0)), 0},
                   {"largest output 10,000 samples after the break, online norm", largest_of(broken)},
                   {"the same in batches of 100, batch norm", largest_of(column(part(in_batches, 2 * breaks, 2 * n), 2, 1)), 0}}};
}

// Two elements of two levels each: high for half of the time, and for a quarter.
Shown levels(const Setting&) {
  constexpr std::size_t n = 64;
  const Values x = made(2 * n, [](std::size_t i) {
    const std::size_t t = i / 2;
    return i % 2 == 0 ? (t / 4 % 2 == 0 ? 3.2 : 7.9) : (t % 16 < 12 ? 0.1 : 5.1);
  });
  const Values y = Fed(Sequential(Shape{2}, BatchNorm(for_input)), {.batch = n, .mode = Mode::train}).feed(x);
  const auto panel_of = [&](const Values& values, const Side& side) {
    plot::Panel panel(side.title);
    panel.x({.label = "sample"}).y({.label = side.label, .low = side.low, .high = side.high});
    Values at, half, quarter;  // each value holds until the next one comes
    for (std::size_t t = 0; t < n; ++t)
      for (const std::size_t end : {t, t + 1}) {
        at.push_back(static_cast<double>(end));
        half.push_back(values[2 * t]), quarter.push_back(values[2 * t + 1]);
      }
    panel.line(at, half, {.name = "high half of the time", .colour = side.colour});
    panel.line(at, quarter, {.name = "high a quarter of the time", .colour = plot::Colour::ink, .dashed = true});
    return panel;
  };
  plot::Panel out = panel_of(y, {.title = "after batch norm", .colour = after, .low = -2.5, .high = 2.5, .label = "output"});
  out.rule_y(-1).rule_y(1);
  return {.figure = plot::Figure({panel_of(x, {.title = "before", .low = -1, .high = 10, .label = "input"}), out}),
          .caption =
              "An element that is low or high, half of the time each, becomes minus one and plus one, whatever its levels "
              "were. High for a quarter of the time only, it stands further out when it is high.",
          .formula = "low -sqrt(p / (1 - p)), high sqrt((1 - p) / p), p the share of the high level",
          .measured = {{"low, half of the time", y[0], -1},
                       {"high, half of the time", y[2 * 4], 1},
                       {"low, three quarters", y[1], low_level(0.25)},
                       {"high, a quarter", y[2 * 12 + 1], high_level(0.25)}}};
}

// A batch of n in which the first of every n / events is high.
Values rare_batch(std::size_t n, std::size_t events) {
  const Values x = made(n, [&](std::size_t i) { return i % (n / events) == n / events / 2 ? 7.5 : 7.0; });
  return Fed(Sequential(Shape{1}, BatchNorm(for_input)), {.batch = static_cast<int>(n), .mode = Mode::train}).feed(x);
}

Shown rare(const Setting&) {
  constexpr std::size_t n = 1024;
  Values shares, amplitudes, formula;
  for (std::size_t events = 512; events >= 1; events /= 2) {
    shares.push_back(static_cast<double>(n / events));
    amplitudes.push_back(highest_of(rare_batch(n, events)));
    formula.push_back(high_level(1 / shares.back()));
  }
  const Values y = rare_batch(n, 8), x = made(n, [&](std::size_t i) { return y[i] > 1 ? 7.5 : 7.0; });
  const Values often = rare_batch(n, 16);
  plot::Panel how("how far out it stands");
  how.x({.label = "one event in so many samples", .logarithmic = true}).y({.label = "output at the event", .logarithmic = true});
  how.line(shares, formula, {.name = "sqrt((1 - p) / p)", .colour = plot::Colour::ink});
  how.scatter(shares, amplitudes, {.name = "batch norm", .colour = after, .size = 4});
  how.wide();
  const Values at = counted(n);
  return {.figure = plot::Figure(
              {signal_of(at, x, {.title = "before", .low = 0, .high = 15, .label = "input"}, "sample"),
               signal_of(at, y, {.title = "after", .colour = after, .low = -2, .high = 13, .label = "output"}, "sample"), how}),
          .caption =
              "An element that rests at 7 and is 7.5 once in 128 samples: the rest goes to zero, and the event stands eleven "
              "deviations out. The rarer it is, the louder it gets, without a threshold that somebody would have to choose.",
          .formula = "event sqrt((1 - p) / p), rest -sqrt(p / (1 - p)), p the share of events",
          .measured = {{"event at 1 in 64", highest_of(often), high_level(1.0 / 64)},
                       {"rest at 1 in 64", lowest_of(often), low_level(1.0 / 64)},
                       {"event at 1 in 128", highest_of(y), high_level(1.0 / 128)},
                       {"event at 1 in 1,024", amplitudes.back(), formula.back()}}};
}

}  // namespace

Family odd_inputs() {
  return {"Inputs that say little, or seldom",
          {{"constant", "A constant, and a sensor that breaks", constant},
           {"levels", "Two levels", levels},
           {"rare", "A rarely active element", rare}}};
}

}  // namespace gallery
