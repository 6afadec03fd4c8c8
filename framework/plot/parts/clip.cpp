#include "cambium/framework/plot/parts/clip.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cambium::plot {
namespace {

// From which part of the way from a to b to which it lies within; first > last where it does not.
struct Way {
  double first = 0, last = 1;
};

void keep(Way& way, double at, double by, double low, double high) {
  if (by == 0) {
    if (at < low || at > high) way.first = 2;
    return;
  }
  const double one = (low - at) / by, other = (high - at) / by;
  way.first = std::max(way.first, std::min(one, other)), way.last = std::min(way.last, std::max(one, other));
}

Point between(const Point& a, const Point& b, double part) { return {a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)}; }

// From a point to the nearest of a piece of a line.
double distance_from(const Point& p, const Point& a, const Point& b) {
  const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  const double part = square > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / square, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - part * dx, p.y - a.y - part * dy);
}

// On one side of a line; `beyond` says how far a point is on the wrong side.
template <class Beyond>
Points half(const Points& area, Beyond beyond) {
  Points kept;
  for (std::size_t i = 0; i < area.size(); ++i) {
    const Point &a = area[i], &b = area[(i + 1) % area.size()];
    const double da = beyond(a), db = beyond(b);
    if (da <= 0) kept.push_back(a);
    if ((da <= 0) != (db <= 0)) kept.push_back(between(a, b, da / (da - db)));
  }
  return kept;
}

}  // namespace

std::vector<Points> clipped_line(const Points& line, const Box& box) {
  std::vector<Points> parts;
  bool open = false;  // the last part ends where the next piece begins
  if (line.size() == 1 && box.holds(line[0])) parts.push_back(line);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Point &a = line[i], &b = line[i + 1];
    Way way;
    keep(way, a.x, b.x - a.x, box.left, box.right);
    keep(way, a.y, b.y - a.y, box.top, box.bottom);
    if (way.first > way.last) {
      open = false;
      continue;
    }
    if (!open || way.first > 0) parts.push_back({between(a, b, way.first)});
    parts.back().push_back(between(a, b, way.last));
    open = way.last == 1;
  }
  return parts;
}

Points clipped_area(const Points& area, const Box& box) {
  Points kept = half(area, [&](const Point& p) { return box.left - p.x; });
  kept = half(kept, [&](const Point& p) { return p.x - box.right; });
  kept = half(kept, [&](const Point& p) { return box.top - p.y; });
  return half(kept, [&](const Point& p) { return p.y - box.bottom; });
}

Points thinned(const Points& line) {
  Points kept;
  for (std::size_t i = 0, end = 0; i < line.size(); i = end) {
    const auto column = [&](std::size_t k) { return std::floor(line[k].x); };
    std::size_t low = i, high = i;
    for (end = i + 1; end < line.size() && column(end) == column(i); ++end) {
      if (line[end].y < line[low].y) low = end;
      if (line[end].y > line[high].y) high = end;
    }
    std::size_t chosen[] = {i, std::min(low, high), std::max(low, high), end - 1};
    for (std::size_t k = 0; k < 4; ++k)
      if (k == 0 || chosen[k] != chosen[k - 1]) kept.push_back(line[chosen[k]]);
  }
  return kept;
}

Points straightened(const Points& line, double most) {
  if (line.size() < 3) return line;
  std::vector<bool> keep(line.size());
  keep.front() = keep.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open = {{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    std::size_t farthest = from;
    double distance = most;
    for (std::size_t i = from + 1; i < to; ++i)
      if (const double d = distance_from(line[i], line[from], line[to]); d > distance) distance = d, farthest = i;
    if (farthest == from) continue;
    keep[farthest] = true;
    open.emplace_back(from, farthest), open.emplace_back(farthest, to);
  }
  Points kept;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i]) kept.push_back(line[i]);
  return kept;
}

}  // namespace cambium::plot
