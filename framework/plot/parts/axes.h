// Axes: where ticks stand, what they say, and the lines through them.
#pragma once

#include "cambium/framework/plot/parts/canvas.h"
#include "cambium/framework/plot/parts/scale.h"

namespace cambium::plot {

struct ColourBar;

// What stands along one axis.
struct AxisPlan {
  Axis axis;
  const std::vector<std::string>* names = nullptr;  // of 0, 1, 2, ... in place of numbers

  Ticks ticks(const Scale& scale, int most) const;  // those within the scale
};

constexpr double tick_length = 4;

// Ticks of the axis below, as many as have room; and whether they are written upright, for names that are too long.
struct XTicks {
  Ticks ticks = {};
  bool upright = false;
  double height = 0;  // of all that stands below the axis
};
XTicks x_ticks(const AxisPlan& plan, const Scale& scale);

Ticks y_ticks(const AxisPlan& plan, const Scale& scale, double widest);
double widest_of(const Ticks& ticks);

void draw_grid(Canvas& canvas, const Frame& frame, const AxisPlan& x, const XTicks& xt, const AxisPlan& y, const Ticks& yt);
void draw_axes(Canvas& canvas, const Frame& frame, const AxisPlan& x, const XTicks& xt, const AxisPlan& y, const Ticks& yt);

void draw_colour_bar(Canvas& canvas, const ColourBar& bar, const Box& box);
Ticks colour_bar_ticks(const ColourBar& bar, double height);

}  // namespace cambium::plot
