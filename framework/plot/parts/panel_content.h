// What a panel was given.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/plot/data.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {

struct Rule {
  bool vertical;
  double value;
  std::string label;
};

struct Note {
  double x, y;
  std::string text;
};

struct PanelContent {
  std::string title = {};
  Axis x = {}, y = {};
  std::optional<double> height = {};
  bool wide = false;
  std::vector<std::shared_ptr<const Shape>> shapes = {};  // nobody changes one that is there
  AllBars bars = {};
  std::size_t bars_at = 0;  // in shapes, once there are bars
  std::vector<Rule> rules = {};
  std::vector<Note> notes = {};
  std::vector<Picture> pictures = {};
  int picture_columns = 1;
  int colours = 0;  // that were taken in turn
};

// Where names of bars are too long to stand below them and there is nothing but bars: the same panel with its axes exchanged, so
// that they lie and each name has a line. Else the panel as it is.
PanelContent with_bars_that_fit(const PanelContent& content, double width);

}  // namespace cambium::plot
