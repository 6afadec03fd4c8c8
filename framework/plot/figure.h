// Panels beside each other, as one SVG image.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/plot/panel.h"

namespace cambium::plot {

//     Figure({loss, accuracy}).save("training.svg");
//
// A file of its own carries its colours for light and dark pages with it; it has no scripts and asks for nothing from elsewhere.
class Figure {
 public:
  explicit Figure(std::vector<Panel> panels, int columns = 2);

  std::string svg() const;                             // a whole file
  void save(const std::filesystem::path& file) const;  // written whole or not at all; throws an Error that names the file

  const std::vector<Panel>& panels() const { return panels_; }
  int columns() const { return columns_; }

 private:
  std::vector<Panel> panels_;
  int columns_;
};

}  // namespace cambium::plot
