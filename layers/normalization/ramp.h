// A number that changes along a training, as straight lines between points: {{5000, 1}, {40000, 3}}.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace cambium {

// Before the first point it is the first value, after the last point the last one; one number is that number always. Throws Error
// for no points, for steps that do not increase, and for numbers that are not finite.
class Ramp {
 public:
  struct Point {
    double step, value;
  };

  Ramp(double always) : Ramp(std::vector<Point>{{0, always}}) {}  // NOLINT: meant to be implicit
  Ramp(std::initializer_list<Point> points) : Ramp(std::vector<Point>(points)) {}
  explicit Ramp(std::vector<Point> points);

  double at(double step) const noexcept;
  double least() const noexcept;  // of all its values

  std::string str() const;  // "3", "[5000: 1, 40000: 3]"

 private:
  std::vector<Point> points_;
};

}  // namespace cambium
