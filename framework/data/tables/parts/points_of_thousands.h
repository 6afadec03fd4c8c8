// Whether points in a column of numbers may stand between thousands: "5.220" beside "812".
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace cambium {

// Every point has one to three digits before it, of which the first is not 0, and three behind it; cells without one are whole
// numbers; and there are some of both. Of decimal places, of which zeros at the end are left out, one in ten has fewer.
class PointsOfThousands {
 public:
  // `number`: what the cell says, NaN where it is missing.
  void see(std::string_view cell, double number) {
    if (others_ || std::isnan(number)) return;
    const bool whole = std::trunc(number) == number;
    if (cell.size() <= 3 && whole) {  // most cells of columns of small numbers
      ++whole_;
    } else if (const std::size_t point = cell.find('.'); point == cell.npos) {
      whole_ += whole;
      others_ = !whole;
    } else {
      const bool fits = cell.size() - point == 4 && std::abs(number) >= 1 && std::abs(number) < 1000;
      with_point_ += fits;
      others_ = !fits;
    }
  }
  bool likely() const { return !others_ && with_point_ >= 3 && whole_ >= 3; }

 private:
  bool others_ = false;
  std::int64_t with_point_ = 0, whole_ = 0;
};

}  // namespace cambium
