// One picture with a pair of axes: what is drawn in it, in the numbers of the data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/plot/mark.h"

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

// A panel keeps copies of what it is given. Values that are not finite break a line and are left out of everything else.
//
//     Panel panel("loss");
//     panel.x({.label = "epoch"}).y({.label = "loss", .logarithmic = true});
//     panel.line(epochs, train, {.name = "training"}).line(epochs, test, {.name = "test", .dashed = true});
//
// Errors: spans of different lengths, a field whose sizes do not fit, a picture whose bytes do not.
class Panel {
 public:
  explicit Panel(std::string title = {});
  Panel(const Panel&);
  Panel& operator=(const Panel&);
  Panel(Panel&&) noexcept;
  Panel& operator=(Panel&&) noexcept;
  ~Panel();

  Panel& x(Axis axis);
  Panel& y(Axis axis);
  Panel& height(double pixels);   // of a panel whose width is 400; default 260
  Panel& wide(bool wide = true);  // takes a whole row of its figure

  Panel& line(std::span<const double> x, std::span<const double> y, const Mark& mark = {});
  Panel& band(std::span<const double> x, std::span<const double> low, std::span<const double> high, const Mark& mark = {});
  Panel& scatter(std::span<const double> x, std::span<const double> y, const Mark& mark = {});
  Panel& bars(std::span<const std::string> names, std::span<const double> heights, std::span<const double> errors = {},
              const Mark& mark = {});
  Panel& histogram(std::span<const double> values, const Histogram& options = {}, const Mark& mark = {});
  Panel& density(std::span<const double> values, const Mark& mark = {});  // Gaussian kernel of Silverman's width (1986)
  Panel& ridges(std::span<const Ridge> ridges, const Mark& mark = {});    // densities one above the other, the first at the top
  Panel& contours(const Field& field, const Contours& options = {});
  Panel& cells(const Field& field, const Cells& options = {});      // one coloured cell a value
  Panel& pictures(std::span<const Picture> pictures, int columns);  // a grid of small images with captions; no axes
  Panel& rule_x(double value, std::string label = {});              // a vertical line through the whole panel
  Panel& rule_y(double value, std::string label = {});              // a horizontal one
  Panel& note(double x, double y, std::string text);                // text beside a point

 private:
  friend class Drawing;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cambium::plot
