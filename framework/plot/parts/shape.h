// What can be drawn between two axes: each kind of mark says what the axes must hold, and draws itself.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/plot/data.h"
#include "cambium/framework/plot/mark.h"
#include "cambium/framework/plot/parts/canvas.h"
#include "cambium/framework/plot/parts/scale.h"

namespace cambium::plot {

struct LegendEntry {
  enum class Kind { line, area, dot } kind;
  Mark mark;  // of a colour that is none but `next`
};

// Colours from violet over green to yellow for a field's values, and what they mean.
struct ColourBar {
  double low = 0, high = 1;
  bool logarithmic = false;
  int steps = 0;  // 0: without steps
};

class Shape {
 public:
  virtual ~Shape() = default;

  virtual void reach(Reach& x, Reach& y) const = 0;
  virtual void draw(Canvas& canvas, const Frame& frame) const = 0;

  virtual std::vector<LegendEntry> legend() const { return {}; }
  virtual const std::vector<std::string>* x_names() const { return nullptr; }  // of 0, 1, 2, ... in place of numbers
  virtual const std::vector<std::string>* y_names() const { return nullptr; }
  virtual bool first_row_on_top() const { return false; }  // y grows downwards
  virtual bool covers() const { return false; }            // the whole area: a grid would not be seen
  virtual const ColourBar* colour_bar() const { return nullptr; }
};

using Values = std::vector<double>;

std::unique_ptr<Shape> line_shape(Values x, Values y, const Mark& mark);
std::unique_ptr<Shape> band_shape(Values x, Values low, Values high, const Mark& mark);
std::unique_ptr<Shape> scatter_shape(Values x, Values y, const Mark& mark);
std::unique_ptr<Shape> histogram_shape(Values values, const Histogram& options, const Mark& mark);
std::unique_ptr<Shape> density_shape(Values values, const Mark& mark);
std::unique_ptr<Shape> ridges_shape(std::vector<Ridge> ridges, const Mark& mark);
std::unique_ptr<Shape> contours_shape(Field field, const Contours& options);
std::unique_ptr<Shape> cells_shape(Field field, const Cells& options);

// Bars of one call; those of several stand side by side, name by name.
struct BarSeries {
  std::vector<std::size_t> places;  // in the names of all
  Values heights, errors;
  Mark mark;
};
struct AllBars {
  std::vector<std::string> names;
  std::vector<BarSeries> series;

  void add(std::span<const std::string> names, std::span<const double> heights, std::span<const double> errors, const Mark& mark);
};
std::unique_ptr<Shape> bars_shape(AllBars bars, bool lie);  // lie: with the names on the y axis

}  // namespace cambium::plot
