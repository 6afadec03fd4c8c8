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
  // `number`: what the cell says, NaN where it is missing.
  void see(std::string_view cell, double number) {
    if (others_ || std::isnan(number)) return;
    const bool whole = std::trunc(number) == number, below = std::abs(number) < 1000;
    if (cell.size() <= 3 && whole) {  // most cells of columns of small numbers
      ++small_;
    } else if (const std::size_t point = cell.find('.'); point == cell.npos) {
      small_ += below;
      others_ = !whole || !below;
    } else {
      const bool fits = cell.size() - point == 4 && std::abs(number) >= 1 && below;
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
