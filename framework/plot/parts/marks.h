// Classes and attributes of marks, for all that draws them.
#pragma once

#include <string>

#include "cambium/framework/plot/mark.h"
#include "cambium/framework/plot/parts/canvas.h"
#include "cambium/framework/plot/parts/clip.h"
#include "cambium/framework/plot/parts/scale.h"

namespace cambium::plot {

std::string line_classes(const Mark& mark);
std::string area_classes(const Mark& mark);
std::string dot_classes(const Mark& mark);
std::string line_width(const Mark& mark);  // attributes, with a space in front; empty for what the style says
std::string dot_width(const Mark& mark);

// A line through the points, as much of it as is within the frame, with no more points than can be seen. Points that are not finite
// break it.
void draw_line(Canvas& canvas, const Points& points, const Frame& frame, const Mark& mark);

// The path of the area between a line there and a line back.
std::string area_path(const Points& there, const Points& back, const Frame& frame);

}  // namespace cambium::plot
