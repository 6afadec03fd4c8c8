// What a panel is given beside numbers: how its axes are, and what is drawn in more than one number a point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cambium::plot {

struct Axis {
  std::string label = {};                                  // with its unit: "learning rate", "seconds"
  std::optional<double> low = {}, high = {};               // none: what the marks need, a little more, and round
  bool logarithmic = false;                                // base 10; values of zero and less are left out
  std::vector<std::pair<double, std::string>> ticks = {};  // none: round numbers
  bool shown = true;                                       // false: neither line nor ticks (densities have no scale of interest)
};

// values[row * x.size() + column] stands at (x[column], y[row]); x and y ascend.
struct Field {
  std::vector<double> x = {}, y = {};
  std::vector<double> values = {};
};

struct Histogram {
  int bins = 0;         // 0: by the rule of Freedman and Diaconis (1981), at least 10 and at most 80
  bool density = true;  // bars sum to an area of one; false: counts
  std::optional<double> low = {}, high = {};
};

struct Ridge {
  std::string name = {};
  std::vector<double> values = {};
};

struct Contours {
  int levels = 12;
  bool logarithmic = false;  // levels are spaced by factors: of losses
  bool filled = true;
};

struct Cells {
  std::vector<std::string> columns = {}, rows = {};  // names in place of numbers
  bool numbers = false;                              // each value stands in its cell
};

// Bytes, row by row, of grey (1) or red, green and blue (3 channels one after the other for each pixel).
struct Picture {
  int height = 0, width = 0, channels = 1;
  std::vector<std::uint8_t> bytes = {};
  std::string caption = {};
};

}  // namespace cambium::plot
