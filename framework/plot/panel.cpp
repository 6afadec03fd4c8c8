#include "cambium/framework/plot/panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/plot/parts/colours.h"
#include "cambium/framework/plot/parts/panel_impl.h"

namespace cambium::plot {
namespace {

[[noreturn]] void fail(const PanelContent& content, const std::string& problem, const std::string& remedy) {
  throw Error(fmt::format("plot: panel {}: {}", in_quotes(content.title), problem), remedy);
}

void check_lengths(const PanelContent& content, const char* what, std::size_t x, const char* other, std::size_t y) {
  if (x != y)
    fail(content, fmt::format("{} with {} and {}", what, fmt::format("{} x", x), fmt::format("{} {}", y, other)),
         "spans of one length");
}

Values copy(std::span<const double> values) { return {values.begin(), values.end()}; }

// With a colour of its own.
Mark coloured(PanelContent& content, Mark mark) {
  if (mark.colour == Colour::next) mark.colour = hue(content.colours++);
  mark.width = std::isfinite(mark.width) ? std::clamp(mark.width, 0.1, 50.0) : Mark{}.width;
  mark.size = std::isfinite(mark.size) ? std::clamp(mark.size, 0.1, 50.0) : Mark{}.size;
  return mark;
}

void check_axis(const PanelContent& content, const Axis& axis, const char* name) {
  for (const auto& bound : {axis.low, axis.high}) {
    if (bound && !std::isfinite(*bound)) fail(content, fmt::format("the {} axis ends at {}", name, *bound), "a finite number");
    if (bound && axis.logarithmic && *bound <= 0)
      fail(content, fmt::format("the {} axis is logarithmic and ends at {}", name, *bound), "a number above zero");
  }
  if (axis.low && axis.high && !(*axis.low < *axis.high))
    fail(content, fmt::format("the {} axis goes from {} to {}", name, *axis.low, *axis.high), ".low < .high");
}

void check_positions(const PanelContent& content, const Values& values, const char* name) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || (i > 0 && !(values[i] > values[i - 1])))
      fail(content,
           fmt::format("a field whose {} number {} is {}, after {}", name, i, values[i],
                       i > 0 ? fmt::format("{}", values[i - 1]) : "none"),
           "finite numbers that ascend");
}

void check_field(const PanelContent& content, const Field& field) {
  if (field.x.empty() || field.y.empty() || field.values.size() / field.x.size() != field.y.size() ||
      field.values.size() % field.x.size() != 0)
    fail(content, fmt::format("a field of {} x and {} y with {} values", field.x.size(), field.y.size(), field.values.size()),
         "as many values as x times y");
  check_positions(content, field.x, "x"), check_positions(content, field.y, "y");
}

void check_names(const PanelContent& content, const std::vector<std::string>& names, const Values& places, const char* what) {
  if (!names.empty() && names.size() != places.size())
    fail(content, fmt::format("cells in {} {} with {} names", places.size(), what, names.size()), "a name for each, or none");
}

}  // namespace

Panel::Panel(std::string title) : state_(std::make_unique<State>()) { state_->title = std::move(title); }
Panel::Panel(const Panel& other) : state_(std::make_unique<State>(*other.state_)) {}
Panel& Panel::operator=(const Panel& other) { return *this = Panel(other); }
Panel::Panel(Panel&&) noexcept = default;
Panel& Panel::operator=(Panel&&) noexcept = default;
Panel::~Panel() = default;

Panel& Panel::x(Axis axis) {
  check_axis(*state_, axis, "x");
  state_->x = std::move(axis);
  return *this;
}

Panel& Panel::y(Axis axis) {
  check_axis(*state_, axis, "y");
  state_->y = std::move(axis);
  return *this;
}

Panel& Panel::height(double pixels) {
  if (!(pixels >= 60 && pixels <= 4000)) fail(*state_, fmt::format("a height of {} pixels", pixels), "60 to 4000");
  state_->height = pixels;
  return *this;
}

Panel& Panel::wide(bool wide) {
  state_->wide = wide;
  return *this;
}

Panel& Panel::line(std::span<const double> x, std::span<const double> y, const Mark& mark) {
  check_lengths(*state_, "a line", x.size(), "y", y.size());
  state_->shapes.push_back(line_shape(copy(x), copy(y), coloured(*state_, mark)));
  return *this;
}

Panel& Panel::band(std::span<const double> x, std::span<const double> low, std::span<const double> high, const Mark& mark) {
  check_lengths(*state_, "a band", x.size(), "low", low.size());
  check_lengths(*state_, "a band", x.size(), "high", high.size());
  state_->shapes.push_back(band_shape(copy(x), copy(low), copy(high), coloured(*state_, mark)));
  return *this;
}

Panel& Panel::scatter(std::span<const double> x, std::span<const double> y, const Mark& mark) {
  check_lengths(*state_, "points", x.size(), "y", y.size());
  state_->shapes.push_back(scatter_shape(copy(x), copy(y), coloured(*state_, mark)));
  return *this;
}

Panel& Panel::bars(std::span<const std::string> names, std::span<const double> heights, std::span<const double> errors,
                   const Mark& mark) {
  if (names.size() != heights.size() || (!errors.empty() && errors.size() != names.size()))
    fail(*state_, fmt::format("bars with {} names, {} heights and {} errors", names.size(), heights.size(), errors.size()),
         "a height for each name, and an error for each or none");
  const bool first = state_->bars.series.empty();
  state_->bars.add(names, heights, errors, coloured(*state_, mark));
  if (first) state_->bars_at = state_->shapes.size(), state_->shapes.emplace_back();
  state_->shapes[state_->bars_at] = bars_shape(state_->bars, false);
  return *this;
}

Panel& Panel::histogram(std::span<const double> values, const Histogram& options, const Mark& mark) {
  if (options.bins < 0 || options.bins > 10000)
    fail(*state_, fmt::format("a histogram of {} bins", options.bins), "1 to 10000, or 0");
  if (options.low && options.high && !(*options.low < *options.high))
    fail(*state_, fmt::format("a histogram from {} to {}", *options.low, *options.high), ".low < .high");
  state_->shapes.push_back(histogram_shape(copy(values), options, coloured(*state_, mark)));
  return *this;
}

Panel& Panel::density(std::span<const double> values, const Mark& mark) {
  state_->shapes.push_back(density_shape(copy(values), coloured(*state_, mark)));
  return *this;
}

Panel& Panel::ridges(std::span<const Ridge> ridges, const Mark& mark) {
  state_->shapes.push_back(ridges_shape({ridges.begin(), ridges.end()}, coloured(*state_, mark)));
  return *this;
}

Panel& Panel::contours(const Field& field, const Contours& options) {
  check_field(*state_, field);
  if (options.levels < 1 || options.levels > 100) fail(*state_, fmt::format("contours at {} levels", options.levels), "1 to 100");
  state_->shapes.push_back(contours_shape(field, options));
  return *this;
}

Panel& Panel::cells(const Field& field, const Cells& options) {
  check_field(*state_, field);
  check_names(*state_, options.columns, field.x, "columns"), check_names(*state_, options.rows, field.y, "rows");
  state_->shapes.push_back(cells_shape(field, options));
  return *this;
}

Panel& Panel::pictures(std::span<const Picture> pictures, int columns) {
  if (columns < 1) fail(*state_, fmt::format("pictures in {} columns", columns), "1 or more");
  for (const Picture& p : pictures) {
    const bool sizes = p.height > 0 && p.width > 0 && (p.channels == 1 || p.channels == 3);
    if (!sizes ||
        p.bytes.size() / static_cast<std::size_t>(p.channels) / static_cast<std::size_t>(p.width) !=
            static_cast<std::size_t>(p.height) ||
        p.bytes.size() % (static_cast<std::size_t>(p.channels) * static_cast<std::size_t>(p.width)) != 0)
      fail(*state_,
           fmt::format("a picture of {} x {} pixels (height x width) and {} channels with {} bytes", p.height, p.width, p.channels,
                       p.bytes.size()),
           "1 or 3 channels, and a byte for each of every pixel");
    state_->pictures.push_back(p);
  }
  state_->picture_columns = columns;
  return *this;
}

Panel& Panel::rule_x(double value, std::string label) {
  state_->rules.push_back({true, value, std::move(label)});
  return *this;
}

Panel& Panel::rule_y(double value, std::string label) {
  state_->rules.push_back({false, value, std::move(label)});
  return *this;
}

Panel& Panel::note(double x, double y, std::string text) {
  state_->notes.push_back({x, y, std::move(text)});
  return *this;
}

}  // namespace cambium::plot
