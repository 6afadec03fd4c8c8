// One picture with a pair of axes: what is drawn in it, in the numbers of the data.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "cambium/framework/plot/data.h"
#include "cambium/framework/plot/mark.h"

namespace cambium::plot {

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
              const Mark& mark = {});  // lie, with the axes exchanged, where the names are too long to stand below
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
