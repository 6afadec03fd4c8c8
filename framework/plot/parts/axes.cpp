#include "cambium/framework/plot/parts/axes.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/plot/parts/colours.h"
#include "cambium/framework/plot/parts/shape.h"
#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

constexpr double label_gap = 7;      // of two labels beside each other
constexpr double longest_name = 96;  // upright, in pixels
constexpr double y_spacing = 26, x_spacing = 48;

double width_of(const std::string& text) { return text_width(text, size_of(Role::tick)); }

// Whether labels in the middle below their ticks stand free of each other.
bool fit(const Ticks& ticks, const Scale& scale) {
  for (std::size_t i = 0; i + 1 < ticks.size(); ++i) {
    const double room = std::fabs(scale(ticks[i + 1].first) - scale(ticks[i].first));
    if ((width_of(ticks[i].second) + width_of(ticks[i + 1].second)) / 2 + label_gap > room) return false;
  }
  return true;
}

// Every second, third, ... until they fit.
template <class Fit>
Ticks some_of(const Ticks& all, Fit fits) {
  for (std::size_t every = 1;; ++every) {
    Ticks some;
    for (std::size_t i = 0; i < all.size(); i += every) some.push_back(all[i]);
    if (some.size() <= 1 || fits(some)) return some;
  }
}

void draw_small_ticks(Canvas& canvas, const Scale& scale, bool below, double base) {
  if (!scale.logarithmic() || std::log10(scale.high() / scale.low()) > 6) return;
  PathText path;
  for (double k = std::floor(std::log10(scale.low())); k <= std::log10(scale.high()); ++k)
    for (int factor = 2; factor < 10; ++factor)
      if (const double value = factor * std::pow(10, k); scale.shows(value)) {
        const double at = scale(value);
        path.lines({{below ? at : base, below ? base : at}, {below ? at : base - 2.5, below ? base + 2.5 : at}});
      }
  canvas.path(path.text(), "axis");
}

}  // namespace

Ticks AxisPlan::ticks(const Scale& scale, int most) const {
  Ticks all;
  if (names)
    for (std::size_t i = 0; i < names->size(); ++i) all.emplace_back(static_cast<double>(i), (*names)[i]);
  else
    all = axis.ticks.empty() ? scale.ticks(most) : axis.ticks;
  std::erase_if(all, [&](const auto& tick) { return !scale.shows(tick.first); });
  return all;
}

XTicks x_ticks(const AxisPlan& plan, const Scale& scale) {
  if (!plan.axis.shown) return {{}, false, 4};
  const double width = std::fabs(scale.to() - scale.from());
  const double one_row = tick_length + line_height(Role::tick) + 1;
  if (!plan.names && plan.axis.ticks.empty()) {
    for (int most = static_cast<int>(width / x_spacing) + 1; most > 1; --most)
      if (Ticks ticks = plan.ticks(scale, most); fit(ticks, scale)) return {std::move(ticks), false, one_row};
    return {some_of(plan.ticks(scale, 2), [&](const Ticks& ticks) { return fit(ticks, scale); }), false, one_row};
  }
  Ticks all = plan.ticks(scale, 0);
  if (fit(all, scale) || !plan.names) return {some_of(all, [&](const Ticks& t) { return fit(t, scale); }), false, one_row};
  for (auto& tick : all) tick.second = cut_to(tick.second, longest_name, size_of(Role::tick));
  all = some_of(
      all, [&](const Ticks& ticks) { return std::fabs(scale(ticks[1].first) - scale(ticks[0].first)) >= line_height(Role::tick); });
  const double height = widest_of(all);
  return {std::move(all), true, tick_length + height + 5};
}

Ticks y_ticks(const AxisPlan& plan, const Scale& scale, double widest) {
  if (!plan.axis.shown) return {};
  Ticks all = plan.ticks(scale, static_cast<int>(std::fabs(scale.to() - scale.from()) / y_spacing) + 1);
  for (auto& tick : all) tick.second = cut_to(tick.second, widest, size_of(Role::tick));
  return some_of(all, [&](const Ticks& ticks) {
    for (std::size_t i = 0; i + 1 < ticks.size(); ++i)
      if (std::fabs(scale(ticks[i + 1].first) - scale(ticks[i].first)) < line_height(Role::tick)) return false;
    return true;
  });
}

double widest_of(const Ticks& ticks) {
  double widest = 0;
  for (const auto& tick : ticks) widest = std::max(widest, width_of(tick.second));
  return widest;
}

void draw_grid(Canvas& canvas, const Frame& frame, const AxisPlan& x, const XTicks& xt, const AxisPlan& y, const Ticks& yt) {
  PathText path;
  if (!x.names)
    for (const auto& tick : xt.ticks) path.lines({{frame.x(tick.first), frame.area.top}, {frame.x(tick.first), frame.area.bottom}});
  for (const auto& tick : yt)
    if (!y.names) path.lines({{frame.area.left, frame.y(tick.first)}, {frame.area.right, frame.y(tick.first)}});
  canvas.path(path.text(), "grid");
}

void draw_axes(Canvas& canvas, const Frame& frame, const AxisPlan& x, const XTicks& xt, const AxisPlan& y, const Ticks& yt) {
  const Box& area = frame.area;
  PathText path;
  if (x.axis.shown) path.lines({{area.left, area.bottom}, {area.right, area.bottom}});
  for (const auto& [value, label] : xt.ticks) {
    const double at = frame.x(value);
    if (!x.names) path.lines({{at, area.bottom}, {at, area.bottom + tick_length}});
    Text text = {label, {at, area.bottom + tick_length + size_of(Role::tick) + 1}, Role::tick, Anchor::middle};
    const double half = width_of(text) / 2;
    text.at.x = std::clamp(at, std::min(half, canvas.width() / 2), std::max(canvas.width() - half, canvas.width() / 2));
    if (xt.upright) text = {label, {at + 4, area.bottom + tick_length + 1}, Role::tick, Anchor::end, true};
    canvas.text(text);
  }
  for (const auto& [value, label] : yt) {
    const double at = frame.y(value);
    if (!y.names) path.lines({{area.left - tick_length, at}, {area.left, at}});
    canvas.text({label, {area.left - tick_length - 3, at + 4}, Role::tick, Anchor::end});
  }
  canvas.path(path.text(), "axis");
  if (x.axis.shown && x.axis.ticks.empty() && !x.names) draw_small_ticks(canvas, frame.x, true, area.bottom);
  if (y.axis.shown && y.axis.ticks.empty() && !y.names) draw_small_ticks(canvas, frame.y, false, area.left);
}

Ticks colour_bar_ticks(const ColourBar& bar, double height) {
  return y_ticks({}, {bar.low, bar.high, bar.logarithmic, height, 0}, 1e9);
}

void draw_colour_bar(Canvas& canvas, const ColourBar& bar, const Box& box) {
  const int steps = bar.steps > 0 ? bar.steps : 48;
  for (int i = 0; i < steps; ++i) {
    const auto at = [&](int step) { return box.bottom - box.height() * step / steps; };
    PathText path;
    path.rectangle({box.left, at(i + 1), box.right, at(i)});
    canvas.path(path.text(), "cells", " fill=\"" + hex(field_colour((i + 0.5) / steps)) + "\"");
  }
  const Scale scale(bar.low, bar.high, bar.logarithmic, box.bottom, box.top);
  for (const auto& [value, label] : colour_bar_ticks(bar, box.height()))
    canvas.text({label, {box.right + 4, scale(value) + 4}, Role::tick});
}

}  // namespace cambium::plot
