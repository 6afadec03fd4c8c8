// Histograms, densities, and densities one above the other.
#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/plot/parts/bins.h"
#include "cambium/framework/plot/parts/kernel_density.h"
#include "cambium/framework/plot/parts/marks.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {
namespace {

// On a logarithmic axis values are seen by their logarithms: bins are as wide there, and densities are of them.
Values as_seen(const Values& values, bool logarithmic) {
  if (!logarithmic) return values;
  Values logs;
  for (const double v : values)
    if (v > 0) logs.push_back(std::log10(v));
  return logs;
}

double from_seen(double value, bool logarithmic) { return logarithmic ? std::pow(10, value) : value; }

class HistogramBars : public Shape {
 public:
  HistogramBars(Values values, const Histogram& options, const Mark& mark)
      : values_(std::move(values)), options_(options), mark_(mark) {}

  void reach(Reach& x, Reach& y) const override {
    const Bins bins = count(x.logarithmic());
    if (bins.values == 0) return;
    x.tight(from_seen(bins.low, x.logarithmic())), x.tight(from_seen(bins.high, x.logarithmic()));
    y.tight(0);
    for (const double n : bins.counts) y.loose(n * factor(bins));
    if (y.logarithmic()) y.loose(factor(bins) / 2);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    const Bins bins = count(frame.x.logarithmic());
    const double base = std::clamp(frame.y.logarithmic() ? frame.area.bottom : frame.y(0), frame.area.top, frame.area.bottom);
    PathText path;
    for (std::size_t i = 0; i < bins.counts.size(); ++i) {
      if (bins.counts[i] == 0) continue;
      const auto edge = [&](std::size_t k) {
        return std::clamp(frame.x(from_seen(bins.edge(k), frame.x.logarithmic())), frame.area.left, frame.area.right);
      };
      const double top = std::clamp(frame.y(bins.counts[i] * factor(bins)), frame.area.top, frame.area.bottom);
      if (edge(i + 1) > edge(i) && top < base) path.rectangle({edge(i), top, edge(i + 1), base});
    }
    canvas.path(path.text(), "bar " + area_classes(mark_));
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::area, mark_}}; }

 private:
  Bins count(bool logarithmic) const {
    const auto bound = [&](const std::optional<double>& given) {
      return given && logarithmic ? (*given > 0 ? std::optional(std::log10(*given)) : std::nullopt) : given;
    };
    return bins_of(as_seen(values_, logarithmic), options_.bins, bound(options_.low), bound(options_.high));
  }
  double factor(const Bins& bins) const { return options_.density ? 1 / (bins.values * bins.width()) : 1; }

  Values values_;
  Histogram options_;
  Mark mark_;
};

class Curve : public Shape {
 public:
  Curve(Values values, const Mark& mark) : values_(std::move(values)), mark_(mark) {}

  void reach(Reach& x, Reach& y) const override {
    const Density density = density_of(as_seen(values_, x.logarithmic()));
    if (density.x.empty()) return;
    for (const double v : {density.x.front(), density.x.back()}) x.tight(from_seen(v, x.logarithmic()));
    y.tight(0);
    for (const double v : density.y) y.loose(v);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    const Density density = density_of(as_seen(values_, frame.x.logarithmic()));
    Points there, back;
    for (std::size_t i = 0; i < density.x.size(); ++i) {
      const Point p = frame.at(from_seen(density.x[i], frame.x.logarithmic()), density.y[i]);
      const double base = frame.y.logarithmic() ? frame.area.bottom : frame.y(0);
      if (std::isfinite(p.x) && std::isfinite(p.y)) there.push_back(p), back.push_back({p.x, base});
    }
    canvas.path(area_path(there, back, frame), "soft " + area_classes(mark_));
    draw_line(canvas, there, frame, mark_);
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::line, mark_}}; }

 private:
  Values values_;
  Mark mark_;
};

// Row i stands at i, with y downwards; a curve may reach into the row above it.
class Ridges : public Shape {
 public:
  Ridges(std::vector<Ridge> ridges, const Mark& mark) : ridges_(std::move(ridges)), mark_(mark) {
    for (const Ridge& ridge : ridges_) names_.push_back(ridge.name);
  }

  void reach(Reach& x, Reach& y) const override {
    for (const Ridge& ridge : ridges_)
      if (const Density density = density_of(as_seen(ridge.values, x.logarithmic())); !density.x.empty())
        for (const double v : {density.x.front(), density.x.back()}) x.tight(from_seen(v, x.logarithmic()));
    if (!ridges_.empty()) y.tight(-overlap - 0.05), y.tight(static_cast<double>(ridges_.size()) - 0.75);
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    for (std::size_t i = 0; i < ridges_.size(); ++i) {
      const Density density = density_of(as_seen(ridges_[i].values, frame.x.logarithmic()));
      if (density.x.empty()) continue;
      const double highest = *std::max_element(density.y.begin(), density.y.end());
      const auto row = static_cast<double>(i);
      Points there, back;
      for (std::size_t k = 0; k < density.x.size(); ++k) {
        const double x = from_seen(density.x[k], frame.x.logarithmic());
        there.push_back(frame.at(x, row - overlap * density.y[k] / highest)), back.push_back(frame.at(x, row));
      }
      const std::string area = area_path(there, back, frame);
      canvas.path(area, "paper");
      canvas.path(area, area_classes(mark_));
      draw_line(canvas, there, frame, mark_);
    }
  }

  std::vector<LegendEntry> legend() const override { return {{LegendEntry::Kind::area, mark_}}; }
  const std::vector<std::string>* y_names() const override { return &names_; }
  bool first_row_on_top() const override { return true; }

 private:
  static constexpr double overlap = 1.5;  // height of a curve, in rows

  std::vector<Ridge> ridges_;
  std::vector<std::string> names_ = {};
  Mark mark_;
};

}  // namespace

std::unique_ptr<Shape> histogram_shape(Values values, const Histogram& options, const Mark& mark) {
  return std::make_unique<HistogramBars>(std::move(values), options, mark);
}

std::unique_ptr<Shape> density_shape(Values values, const Mark& mark) { return std::make_unique<Curve>(std::move(values), mark); }

std::unique_ptr<Shape> ridges_shape(std::vector<Ridge> ridges, const Mark& mark) {
  return std::make_unique<Ridges>(std::move(ridges), mark);
}

}  // namespace cambium::plot
