// A pen that draws smooth lines into a small grey image.
#pragma once

#include <array>
#include <span>

#include "cambium/framework/base/size.h"

namespace cambium::pen {

struct Point {
  double x = 0, y = 0;
};

// A drawn line as short straight pieces. The unit is up to the caller.
struct Path {
  struct Piece {
    Point from, to;
    double width;  // relative
  };
  static constexpr int most = 160;  // pieces that do not fit are left out
  std::array<Piece, most> pieces;
  int count = 0;

  void add(const Piece& piece) {
    if (count < most) pieces[as_size(count++)] = piece;
  }
};

// Adds the smooth line through the points `p` (centripetal Catmull-Rom spline: Yuksel, Schaefer, Keyser 2011, "Parameterization
// and applications of Catmull-Rom curves"), in pieces of about `step`. `bend` in [0, 1] says for each point how much of the
// smooth tangent it keeps: 0 is a corner. The line begins at part `cut_start` of its first span and ends `cut_end` before
// the end of its last; negative parts make it longer.
void add_spline(Path& path, std::span<const Point> p, std::span<const double> bend, double step, double cut_start, double cut_end);

// Draws into (28, 28) bytes, row by row, in pixels: the ink of a pixel falls from `ink` to 0 over `soft` pixels around the edge of
// the line, which lies `half_width` times a piece's width from its middle. What falls outside is lost. `pixels` is overwritten.
void draw(const Path& path, double half_width, double soft, double ink, unsigned char* pixels);

}  // namespace cambium::pen
