// Bars side by side over names, with what their heights may be off by.
#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/plot/parts/marks.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {
namespace {

constexpr double filled = 0.72;  // of the room of a name

class Bars : public Shape {
 public:
  explicit Bars(AllBars all) : all_(std::move(all)) {}

  void reach(Reach& x, Reach& y) const override {
    if (all_.names.empty()) return;
    x.tight(-0.5), x.tight(static_cast<double>(all_.names.size()) - 0.5);
    y.tight(0);
    for (const BarSeries& series : all_.series)
      for (std::size_t i = 0; i < series.heights.size(); ++i) {
        const double error = error_of(series, i);
        y.loose(series.heights[i]), y.loose(series.heights[i] + error), y.loose(series.heights[i] - error);
      }
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    for (std::size_t k = 0; k < all_.series.size(); ++k) {
      const BarSeries& series = all_.series[k];
      PathText bars, whiskers;
      for (std::size_t i = 0; i < series.heights.size(); ++i) {
        const Box box = box_of(series, k, i, frame);
        if (!(box.right > box.left)) continue;
        if (box.bottom > box.top) bars.rectangle(box);
        if (error_of(series, i) > 0) add_whisker(whiskers, series, i, box, frame);
      }
      canvas.path(bars.text(), "bar " + area_classes(series.mark));
      canvas.path(whiskers.text(), "line ink");
    }
  }

  std::vector<LegendEntry> legend() const override {
    std::vector<LegendEntry> entries;
    for (const BarSeries& series : all_.series) entries.push_back({LegendEntry::Kind::area, series.mark});
    return entries;
  }
  const std::vector<std::string>* x_names() const override { return &all_.names; }

 private:
  static double error_of(const BarSeries& series, std::size_t i) {
    const double error = i < series.errors.size() ? std::fabs(series.errors[i]) : 0;
    return std::isfinite(error) && std::isfinite(series.heights[i]) ? error : 0;
  }

  // Empty where the height is not finite.
  Box box_of(const BarSeries& series, std::size_t k, std::size_t i, const Frame& frame) const {
    const auto count = static_cast<double>(all_.series.size());
    const double left = static_cast<double>(series.places[i]) - filled / 2 + filled * static_cast<double>(k) / count;
    const double base = frame.y.logarithmic() ? frame.area.bottom : frame.y(0), at = frame.y(series.heights[i]);
    if (!std::isfinite(at)) return {};
    const auto inside = [&](double y) { return std::clamp(y, frame.area.top, frame.area.bottom); };
    return {std::max(frame.x(left), frame.area.left), inside(std::min(base, at)),
            std::min(frame.x(left + filled / count) - (count > 1 ? 1 : 0), frame.area.right), inside(std::max(base, at))};
  }

  static void add_whisker(PathText& path, const BarSeries& series, std::size_t i, const Box& bar, const Frame& frame) {
    const double middle = (bar.left + bar.right) / 2, half = std::min(4.0, bar.width() / 4);
    const auto inside = [&](double y) {
      return std::isfinite(y) ? std::clamp(y, frame.area.top, frame.area.bottom) : frame.area.bottom;
    };
    const double top = inside(frame.y(series.heights[i] + error_of(series, i)));
    const double bottom = inside(frame.y(series.heights[i] - error_of(series, i)));
    path.lines({{middle, top}, {middle, bottom}});
    for (const double end : {top, bottom}) path.lines({{middle - half, end}, {middle + half, end}});
  }

  AllBars all_;
};

}  // namespace

void AllBars::add(std::span<const std::string> more, std::span<const double> heights, std::span<const double> errors,
                  const Mark& mark) {
  BarSeries next = {{}, {heights.begin(), heights.end()}, {errors.begin(), errors.end()}, mark};
  for (std::size_t i = 0; i < more.size(); ++i) {
    // A name that comes twice in one call is two bars.
    const auto uses = std::count(more.begin(), more.begin() + static_cast<std::ptrdiff_t>(i), more[i]);
    std::size_t place = 0;
    for (auto left = uses; place < names.size() && (names[place] != more[i] || left-- > 0);) ++place;
    if (place == names.size()) names.push_back(more[i]);
    next.places.push_back(place);
  }
  series.push_back(std::move(next));
}

std::unique_ptr<Shape> bars_shape(AllBars bars) { return std::make_unique<Bars>(std::move(bars)); }

}  // namespace cambium::plot
