// What of a line or an area lies within a box, and lines with no more points than can be seen.
#pragma once

#include <vector>

#include "cambium/framework/plot/parts/svg.h"

namespace cambium::plot {

using Points = std::vector<Point>;

// The parts of a line within a box (Liang and Barsky 1984).
std::vector<Points> clipped_line(const Points& line, const Box& box);

// The part of an area within a box (Sutherland and Hodgman 1974).
Points clipped_area(const Points& area, const Box& box);

// Of neighbours in the same column of pixels the first, the lowest, the highest and the last.
Points thinned(const Points& line);

// With as few of its points as keep it within `most` pixels of what it was (Ramer 1972, Douglas and Peucker 1973).
Points straightened(const Points& line, double most = 0.12);

}  // namespace cambium::plot
