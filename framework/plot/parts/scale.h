// From the numbers of the data to pixels.
#pragma once

#include <optional>
#include <vector>

#include "cambium/framework/plot/data.h"
#include "cambium/framework/plot/parts/svg.h"
#include "cambium/framework/plot/parts/ticks.h"

namespace cambium::plot {

// What an axis must hold, gathered from all marks. Some want a little room around them (points of a curve), some none (the zero
// of a bar, the border of a field).
class Reach {
 public:
  explicit Reach(bool logarithmic) : logarithmic_(logarithmic) {}

  void loose(double value);
  void tight(double value);
  bool logarithmic() const { return logarithmic_; }
  bool takes(double value) const;  // whether it has a place on this axis at all
  bool empty() const { return !low_; }

  // With the room, unless the axis says where it begins and ends; never of no width.
  std::pair<double, double> range(const Axis& axis) const;

 private:
  void widen(std::optional<double>& low, std::optional<double>& high, double value);

  bool logarithmic_;
  std::optional<double> low_ = {}, high_ = {}, tight_low_ = {}, tight_high_ = {};
};

// y = a + (b - a) (x - low) / (high - low), of logarithms where the axis is logarithmic.
class Scale {
 public:
  Scale(double low, double high, bool logarithmic, double from, double to);

  double operator()(double value) const;  // a pixel, at most 1e6 away; not finite where the value has no place
  bool shows(double value) const;         // whether it lies within
  double low() const { return low_; }
  double high() const { return high_; }
  double from() const { return from_; }
  double to() const { return to_; }
  bool logarithmic() const { return logarithmic_; }

  Ticks ticks(int most) const { return logarithmic_ ? decade_ticks(low_, high_, most) : round_ticks(low_, high_, most); }

 private:
  double low_, high_, from_, to_;
  bool logarithmic_;
};

// Where the marks of a panel stand.
struct Frame {
  Box area;
  Scale x, y;

  Point at(double vx, double vy) const { return {x(vx), y(vy)}; }
};

}  // namespace cambium::plot
