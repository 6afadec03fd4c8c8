// Lines, bands and points.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "cambium/framework/plot/parts/marks.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {
namespace {

class Line : public Shape {
 public:
  Line(Values x, Values y, const Mark& mark) : x_(std::move(x)), y_(std::move(y)), mark_(mark) {}

  void reach(Reach& x, Reach& y) const override {
    for (std::size_t i = 0; i < x_.size(); ++i)
      if (x.takes(x_[i]) && y.takes(y_[i])) x.tight(x_[i]), y.loose(y_[i]);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    Points points;
    for (std::size_t i = 0; i < x_.size(); ++i) points.push_back(frame.at(x_[i], y_[i]));
    draw_line(canvas, points, frame, mark_);
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::line, mark_}}; }

 private:
  Values x_, y_;
  Mark mark_;
};

class Band : public Shape {
 public:
  Band(Values x, Values low, Values high, const Mark& mark)
      : x_(std::move(x)), low_(std::move(low)), high_(std::move(high)), mark_(mark) {}

  void reach(Reach& x, Reach& y) const override {
    for (std::size_t i = 0; i < x_.size(); ++i)
      if (x.takes(x_[i]) && y.takes(high_[i])) x.tight(x_[i]), y.loose(low_[i]), y.loose(high_[i]);
  }

  // What has no place on a logarithmic axis begins at its end; what is not finite breaks the band.
  void draw(Canvas& canvas, const Frame& frame) const override {
    Points low, high;
    const auto end_run = [&] {
      canvas.path(area_path(high, low, frame), area_classes(mark_));
      low.clear(), high.clear();
    };
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const Point upper = frame.at(x_[i], high_[i]);
      const double bottom = std::isfinite(low_[i]) && frame.y.logarithmic() && low_[i] <= 0 ? frame.area.bottom : frame.y(low_[i]);
      if (!std::isfinite(upper.x) || !std::isfinite(upper.y) || !std::isfinite(bottom)) {
        end_run();
        continue;
      }
      high.push_back(upper), low.push_back({upper.x, bottom});
    }
    end_run();
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::area, mark_}}; }

 private:
  Values x_, low_, high_;
  Mark mark_;
};

// Of points so near to each other that they are seen as one, one is kept; where there are still too many, "near" means more.
Points apart(const Points& points, double near) {
  constexpr std::size_t most = 5000;
  for (;; near *= 1.4) {
    std::set<std::pair<long, long>> taken;
    Points kept;
    for (const Point& p : points) {
      if (!taken.emplace(std::lround(p.x / near), std::lround(p.y / near)).second) continue;
      kept.push_back(p);
      if (kept.size() > most) break;
    }
    if (kept.size() <= most) return kept;
  }
}

class Scatter : public Shape {
 public:
  Scatter(Values x, Values y, const Mark& mark) : x_(std::move(x)), y_(std::move(y)), mark_(mark) {}

  void reach(Reach& x, Reach& y) const override {
    for (std::size_t i = 0; i < x_.size(); ++i)
      if (x.takes(x_[i]) && y.takes(y_[i])) x.loose(x_[i]), y.loose(y_[i]);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    Points points;
    for (std::size_t i = 0; i < x_.size(); ++i)
      if (const Point p = frame.at(x_[i], y_[i]); frame.area.holds(p)) points.push_back(p);
    PathText path;
    for (const Point& p : apart(points, std::max(0.3, mark_.size / 4))) {
      path.dot(p);
      canvas.mark_ink({p});
    }
    canvas.path(path.text(), dot_classes(mark_), dot_width(mark_));
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::dot, mark_}}; }

 private:
  Values x_, y_;
  Mark mark_;
};

}  // namespace

std::unique_ptr<Shape> line_shape(Values x, Values y, const Mark& mark) {
  return std::make_unique<Line>(std::move(x), std::move(y), mark);
}

std::unique_ptr<Shape> band_shape(Values x, Values low, Values high, const Mark& mark) {
  return std::make_unique<Band>(std::move(x), std::move(low), std::move(high), mark);
}

std::unique_ptr<Shape> scatter_shape(Values x, Values y, const Mark& mark) {
  return std::make_unique<Scatter>(std::move(x), std::move(y), mark);
}

}  // namespace cambium::plot
