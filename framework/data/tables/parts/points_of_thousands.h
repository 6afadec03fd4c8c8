// Whether points in a column of numbers may stand between thousands: "5.220" beside "812".
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace cambium {

// Every point has one to three digits before it, of which the first is not 0, and three behind it; cells without one are whole
// numbers below 1000; and there are some of both.
class PointsOfThousands {
 public:
  void see(std::string_view cell, double number) {
    if (others_) return;
    const std::size_t point = cell.find('.');
    if (point == cell.npos) {
      small_ += std::abs(number) < 1000;
      others_ = std::abs(number) >= 1000 || std::trunc(number) != number;
    } else {
      const bool fits = cell.size() - point == 4 && std::abs(number) >= 1 && std::abs(number) < 1000;
      with_point_ += fits;
      others_ = !fits;
    }
  }
  bool likely() const { return !others_ && with_point_ >= 3 && small_ >= 3; }

 private:
  bool others_ = false;
  std::int64_t with_point_ = 0, small_ = 0;
};

}  // namespace cambium
