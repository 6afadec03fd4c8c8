// Small pictures in rows, each with its caption.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/plot/data.h"
#include "cambium/framework/plot/parts/canvas.h"

namespace cambium::plot {

struct PictureGrid {
  PictureGrid(const std::vector<Picture>& pictures, int columns, double width, std::optional<double> height);

  double height() const { return height_; }
  void draw(Canvas& canvas, double top) const;

 private:
  std::vector<std::string> caption(const Picture& picture) const;
  double picture_height(const Picture& picture, double width) const;

  const std::vector<Picture>& pictures_;
  std::size_t columns_;
  double slot_ = 0, size_ = 0, row_ = 0, height_ = 0;  // widths of a slot and of a picture in it; heights of a row and of all
};

// "data:image/png;base64,...": the whole file within a link.
std::string data_uri(const Picture& picture);

}  // namespace cambium::plot
