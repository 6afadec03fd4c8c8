#include "cambium/framework/plot/parts/marks.h"

#include <cmath>

#include "cambium/framework/plot/parts/colours.h"

namespace cambium::plot {
namespace {

bool finite(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); }

}  // namespace

std::string line_classes(const Mark& mark) { return std::string("line ") + class_of(mark.colour) + (mark.dashed ? " dash" : ""); }
std::string area_classes(const Mark& mark) { return std::string("area ") + class_of(mark.colour); }
std::string dot_classes(const Mark& mark) { return std::string("dot ") + class_of(mark.colour); }

std::string line_width(const Mark& mark) {
  return mark.width == Mark{}.width ? "" : " style=\"stroke-width:" + px(mark.width) + "\"";
}

std::string dot_width(const Mark& mark) {
  return mark.size == Mark{}.size ? "" : " style=\"stroke-width:" + px(2 * mark.size) + "\"";
}

void draw_line(Canvas& canvas, const Points& points, const Frame& frame, const Mark& mark) {
  PathText path;
  Points run;
  const auto end_run = [&] {
    for (const Points& part : clipped_line(straightened(thinned(run)), frame.area)) {
      part.size() == 1 ? path.dot(part[0]) : path.lines(part);
      canvas.mark_ink(part);
    }
    run.clear();
  };
  for (const Point& p : points) finite(p) ? run.push_back(p) : end_run();
  end_run();
  canvas.path(path.text(), line_classes(mark), line_width(mark));
}

std::string area_path(const Points& there, const Points& back, const Frame& frame) {
  Points area = straightened(thinned(there));
  const Points rest = straightened(thinned(back));
  area.insert(area.end(), rest.rbegin(), rest.rend());
  area = clipped_area(area, frame.area);
  PathText path;
  if (area.size() < 3) return "";
  path.lines(area);
  path.close();
  return path.text();
}

}  // namespace cambium::plot
