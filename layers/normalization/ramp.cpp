#include "cambium/layers/normalization/ramp.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {

Ramp::Ramp(std::vector<Point> points) : points_(std::move(points)) {
  const char* const example = "one number, or points such as {{5000, 1}, {40000, 3}}";
  if (points_.empty()) throw Error("a ramp without points", example);
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto [step, value] = points_[i];
    if (!std::isfinite(step) || !std::isfinite(value))
      throw Error("a ramp with the value " + text_of(value) + " at step " + text_of(step) + ", which must be finite", example);
    if (i > 0 && step <= points_[i - 1].step)
      throw Error("a ramp with step " + text_of(step) + " after step " + text_of(points_[i - 1].step) + ", and steps must increase",
                  example);
  }
}

double Ramp::at(double step) const noexcept {
  if (!(step > points_.front().step)) return points_.front().value;
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const Point &a = points_[i - 1], &b = points_[i];
    if (step < b.step) return a.value + (b.value - a.value) * ((step - a.step) / (b.step - a.step));
  }
  return points_.back().value;
}

double Ramp::least() const noexcept {
  double least = points_.front().value;
  for (const Point& point : points_) least = std::min(least, point.value);
  return least;
}

std::string Ramp::str() const {
  if (points_.size() == 1) return text_of(points_.front().value);
  std::string text;
  for (const auto [step, value] : points_) text += (text.empty() ? "" : ", ") + text_of(step) + ": " + text_of(value);
  return "[" + text + "]";
}

}  // namespace cambium
