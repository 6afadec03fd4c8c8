#include "cambium/framework/plot/parts/fields.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "cambium/framework/plot/parts/colours.h"
#include "cambium/framework/plot/parts/contour_lines.h"
#include "cambium/framework/plot/parts/marks.h"

namespace cambium::plot {

ColourBar bar_of(const Field& field, bool logarithmic) {
  ColourBar bar = {1, 0, logarithmic, 0};
  for (const double v : field.values) {
    if (!std::isfinite(v) || (logarithmic && v <= 0)) continue;
    if (bar.low > bar.high) bar.low = bar.high = v;
    bar.low = std::min(bar.low, v), bar.high = std::max(bar.high, v);
  }
  return bar;
}

double part_of(const ColourBar& bar, double value) {
  if (!std::isfinite(value) || (bar.logarithmic && value <= 0)) return std::numeric_limits<double>::quiet_NaN();
  if (!(bar.high > bar.low)) return 0.5;
  if (bar.logarithmic) return std::log(value / bar.low) / std::log(bar.high / bar.low);
  return (value / 2 - bar.low / 2) / (bar.high / 2 - bar.low / 2);
}

namespace {

std::string fill(double part) { return " fill=\"" + hex(field_colour(part)) + "\""; }

class Levels : public Shape {
 public:
  Levels(Field field, const Contours& options)
      : field_(std::move(field)), filled_(options.filled), bar_(bar_of(field_, options.logarithmic)) {
    bar_.steps = options.levels;
  }

  void reach(Reach& x, Reach& y) const override {
    for (const double v : field_.x) x.tight(v);
    for (const double v : field_.y) y.tight(v);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    Grid grid;
    for (const double v : field_.x) grid.x.push_back(frame.x(v));
    for (const double v : field_.y) grid.y.push_back(frame.y(v));
    for (const double v : field_.values) grid.values.push_back(part_of(bar_, v));
    if (bar_.low > bar_.high || grid.x.size() < 2 || grid.y.size() < 2 || !std::isfinite(grid.x[0] + grid.y[0])) return;
    for (int level = filled_ ? 0 : 1; level < bar_.steps; ++level) {
      const double part = level == 0 ? -1 : static_cast<double>(level) / bar_.steps;
      PathText path;
      for (const Points& line : filled_ ? contour_areas(grid, part) : contour_lines(grid, part)) add(path, line, frame);
      if (filled_)
        canvas.path(path.text(), "", fill((level + 0.5) / bar_.steps) + " fill-rule=\"evenodd\"");
      else
        canvas.path(path.text(), "line muted", " style=\"stroke-width:1\"");
    }
  }

  bool covers() const override { return filled_; }
  const ColourBar* colour_bar() const override { return filled_ && bar_.high > bar_.low ? &bar_ : nullptr; }

 private:
  void add(PathText& path, const Points& line, const Frame& frame) const {
    if (!filled_) {
      for (const Points& part : clipped_line(straightened(line), frame.area)) path.lines(part);
      return;
    }
    const Points area = straightened(clipped_area(line, frame.area));
    if (area.size() < 3) return;
    path.lines(area);
    path.close();
  }

  Field field_;
  bool filled_;
  ColourBar bar_;
};

// One column or row of cells, from edge to edge in pixels.
struct Strip {
  double from, to;
  std::size_t index;
};

// Edges are half way to the neighbours. Of strips that are narrower than a pixel, or two where there are many, only some are kept.
std::vector<Strip> strips(const Scale& scale, const Values& at) {
  std::vector<Strip> all;
  const double least = at.size() > 150 ? 2 : 1;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double here = scale(at[i]);
    const double before = i > 0               ? (here + scale(at[i - 1])) / 2
                          : i + 1 < at.size() ? here - (scale(at[i + 1]) - here) / 2
                                              : scale.from();
    const double behind = i + 1 < at.size() ? (here + scale(at[i + 1])) / 2
                          : i > 0           ? here + (here - scale(at[i - 1])) / 2
                                            : scale.to();
    if (!std::isfinite(before + behind)) continue;
    if (!all.empty() && std::fabs(all.back().to - all.back().from) < least)
      all.back().to = behind;
    else
      all.push_back({before, behind, i});
  }
  return all;
}

void reach_edges(Reach& reach, const Values& at, bool logarithmic) {
  if (at.empty()) return;
  const auto beyond = [&](double here, double neighbour) {
    return logarithmic ? here * std::sqrt(here / neighbour) : here + (here - neighbour) / 2;
  };
  const bool one = at.size() == 1;
  reach.tight(beyond(at[0], one ? (logarithmic ? at[0] * 10 : at[0] + 1) : at[1]));
  reach.tight(beyond(at.back(), one ? (logarithmic ? at[0] / 10 : at[0] - 1) : at[at.size() - 2]));
}

class Cellwise : public Shape {
 public:
  Cellwise(Field field, const Cells& options) : field_(std::move(field)), options_(options), bar_(bar_of(field_, false)) {
    if (!options_.columns.empty()) std::iota(field_.x.begin(), field_.x.end(), 0.0);
    if (!options_.rows.empty()) std::iota(field_.y.begin(), field_.y.end(), 0.0);
  }

  void reach(Reach& x, Reach& y) const override {
    reach_edges(x, field_.x, x.logarithmic());
    reach_edges(y, field_.y, y.logarithmic());
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    constexpr int shades = 64;
    const std::vector<Strip> columns = strips(frame.x, field_.x), rows = strips(frame.y, field_.y);
    std::map<int, PathText> paths;  // one for each shade
    for (const Strip& row : rows)
      for (std::size_t i = 0, end = 0; i < columns.size(); i = end) {
        const int shade = shade_of(row, columns[i], shades);
        for (end = i + 1; end < columns.size() && shade_of(row, columns[end], shades) == shade;) ++end;
        const Box box =
            inside({columns[i].from, std::min(row.from, row.to), columns[end - 1].to, std::max(row.from, row.to)}, frame);
        if (shade >= 0 && box.width() > 0 && box.height() > 0) paths[shade].rectangle(box);
      }
    for (const auto& [shade, path] : paths) canvas.path(path.text(), "cells", fill((shade + 0.5) / shades));
    if (options_.numbers) write_numbers(canvas, frame, columns, rows);
  }

  const std::vector<std::string>* x_names() const override { return options_.columns.empty() ? nullptr : &options_.columns; }
  const std::vector<std::string>* y_names() const override { return options_.rows.empty() ? nullptr : &options_.rows; }
  bool first_row_on_top() const override { return !options_.rows.empty(); }
  bool covers() const override { return true; }
  const ColourBar* colour_bar() const override { return !options_.numbers && bar_.high > bar_.low ? &bar_ : nullptr; }

 private:
  double value(const Strip& row, const Strip& column) const { return field_.values[row.index * field_.x.size() + column.index]; }

  int shade_of(const Strip& row, const Strip& column, int shades) const {
    const double part = part_of(bar_, value(row, column));
    return std::isfinite(part) ? std::min(static_cast<int>(part * shades), shades - 1) : -1;
  }

  static Box inside(const Box& box, const Frame& frame) {
    return {std::max(box.left, frame.area.left), std::max(box.top, frame.area.top), std::min(box.right, frame.area.right),
            std::min(box.bottom, frame.area.bottom)};
  }

  // With three digits where they fit, or two; none where they would not fit in each cell.
  void write_numbers(Canvas& canvas, const Frame& frame, const std::vector<Strip>& columns, const std::vector<Strip>& rows) const {
    for (const int digits : {4, 3, 2}) {
      std::vector<Text> texts;
      bool fit = true;
      for (const Strip& row : rows)
        for (const Strip& column : columns) {
          const double v = value(row, column);
          if (!std::isfinite(v)) continue;
          Text text = {
              short_number(v, digits), {(column.from + column.to) / 2, (row.from + row.to) / 2 + 3.6}, Role::cell, Anchor::middle};
          fit = fit && width_of(text) + 1 <= column.to - column.from && line_height(Role::cell) <= std::fabs(row.to - row.from);
          text.classes = wants_white_text(field_colour(part_of(bar_, v))) ? "white" : "black";
          if (frame.area.holds(text.at)) texts.push_back(std::move(text));
        }
      if (!fit) continue;
      for (const Text& text : texts) canvas.text(text);
      return;
    }
  }

  Field field_;
  Cells options_;
  ColourBar bar_;
};

}  // namespace

std::unique_ptr<Shape> contours_shape(Field field, const Contours& options) {
  return std::make_unique<Levels>(std::move(field), options);
}

std::unique_ptr<Shape> cells_shape(Field field, const Cells& options) {
  return std::make_unique<Cellwise>(std::move(field), options);
}

}  // namespace cambium::plot
