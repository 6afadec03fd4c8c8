// The names of the marks of a panel, in rows above its axes.
#pragma once

#include <vector>

#include "cambium/framework/plot/parts/canvas.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {

class Legend {
 public:
  // As many rows as are needed, up to `most_rows`; the last then says how many names are missing.
  Legend(const std::vector<LegendEntry>& entries, double width, int most_rows);

  double height() const { return rows_ * row_height; }
  void draw(Canvas& canvas, double top) const;

 private:
  struct Place {
    LegendEntry entry;
    Text text;  // from the top of the legend
  };
  static constexpr double row_height = 17;

  std::vector<Place> places_ = {};
  int rows_ = 0;
};

}  // namespace cambium::plot
