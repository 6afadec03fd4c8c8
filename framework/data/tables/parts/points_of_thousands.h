// Whether points in a column of numbers may stand between thousands: "5.220" beside "812".
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace cambium {

// One to three digits before the point, of which the first is not 0, and three behind it; perhaps a sign.
inline bool has_point_of_thousands(std::string_view cell) {
  if (!cell.empty() && (cell[0] == '-' || cell[0] == '+')) cell.remove_prefix(1);
  const std::size_t point = cell.find('.');
  if (point < 1 || point > 3 || cell.size() - point != 4 || cell[0] == '0') return false;
  for (std::size_t i = 0; i < cell.size(); ++i)
    if (i != point && (cell[i] < '0' || cell[i] > '9')) return false;
  return true;
}

// Every point is like that, cells without one are whole numbers, and there are some of both. Of decimal places, of which zeros at
// the end are left out, one in ten has fewer.
class PointsOfThousands {
 public:
  // `number`: what the cell says, NaN where it is missing.
  void see(std::string_view cell, double number) {
    if (others_ || std::isnan(number)) return;
    const bool whole = std::trunc(number) == number;
    if (cell.size() <= 3 && whole) {  // most cells of columns of small numbers
      ++whole_;
    } else if (cell.find('.') == cell.npos) {
      whole_ += whole;
      others_ = !whole;
    } else {
      const bool fits = has_point_of_thousands(cell);
      with_point_ += fits;
      others_ = !fits;
    }
  }
  bool only() const { return !others_ && with_point_ >= 3; }  // all are like that, whatever else there is
  bool likely() const { return !others_ && with_point_ >= 3 && whole_ >= 3; }

 private:
  bool others_ = false;
  std::int64_t with_point_ = 0, whole_ = 0;
};

}  // namespace cambium
