// A panel as elements of SVG.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/plot/panel.h"
#include "cambium/framework/plot/parts/canvas.h"

namespace cambium::plot {

struct PanelContent;

constexpr double panel_width = 400, wide_width = 824;  // wide: two panels and the gap between them
constexpr double panel_gap = 24;

class Drawing {
 public:
  Drawing(const Panel& panel, double width);

  double width() const { return width_; }
  double height() const { return height_; }
  const std::string& elements() const { return elements_; }
  const std::vector<Box>& texts() const { return texts_; }  // of which no two meet

  static bool is_wide(const Panel& panel);
  static std::string name(const Panel& panel);  // for those who hear it

 private:
  void draw_pictures(const PanelContent& content);
  void draw_axes(const PanelContent& content);

  double width_, height_ = 0;
  std::string elements_ = {};
  std::vector<Box> texts_ = {};
};

}  // namespace cambium::plot
