// Bars side by side over names, with what their heights may be off by.
#include <algorithm>
#include <cmath>
#include <utility>

#include "cambium/framework/plot/parts/marks.h"
#include "cambium/framework/plot/parts/shape.h"

namespace cambium::plot {
namespace {

constexpr double filled = 0.72;  // of the room of a name

// Standing on the x axis, or lying on the y axis, the first at the top.
class Bars : public Shape {
 public:
  Bars(AllBars all, bool lie) : all_(std::move(all)), lie_(lie) {}

  void reach(Reach& x, Reach& y) const override {
    if (all_.names.empty()) return;
    Reach &names = lie_ ? y : x, &heights = lie_ ? x : y;
    names.tight(-0.5), names.tight(static_cast<double>(all_.names.size()) - 0.5);
    heights.tight(0);
    for (const BarSeries& series : all_.series)
      for (std::size_t i = 0; i < series.heights.size(); ++i) {
        const double error = error_of(series, i);
        for (const double end : {0.0, error, -error}) heights.loose(series.heights[i] + end);
      }
  }

  void draw(Canvas& canvas, const Frame& frame) const override {
    const Scale &names = lie_ ? frame.y : frame.x, &heights = lie_ ? frame.x : frame.y;
    const auto count = static_cast<double>(all_.series.size());
    for (std::size_t k = 0; k < all_.series.size(); ++k) {
      const BarSeries& series = all_.series[k];
      PathText bars, whiskers;
      for (std::size_t i = 0; i < series.heights.size(); ++i) {
        const double first = static_cast<double>(series.places[i]) - filled / 2 + filled * static_cast<double>(k) / count;
        const double from = names(first), to = names(first + filled / count) - (count > 1 ? 1 : 0);
        if (!std::isfinite(heights(series.heights[i])) || !names.shows(first) || !names.shows(first + filled / count)) continue;
        add_bar(bars, from, to, heights, series.heights[i]);
        if (error_of(series, i) > 0) add_whisker(whiskers, from, to, heights, series.heights[i], error_of(series, i));
      }
      canvas.path(bars.text(), "paper");  // no grid shines through
      canvas.path(bars.text(), "bar " + area_classes(series.mark));
      canvas.path(whiskers.text(), "line ink", " style=\"stroke-width:1.25px\"");
    }
  }

  std::vector<LegendEntry> legend() const override {
    std::vector<LegendEntry> entries;
    for (const BarSeries& series : all_.series) entries.push_back({LegendEntry::Kind::area, series.mark});
    return entries;
  }
  const std::vector<std::string>* x_names() const override { return lie_ ? nullptr : &all_.names; }
  const std::vector<std::string>* y_names() const override { return lie_ ? &all_.names : nullptr; }
  bool first_row_on_top() const override { return lie_; }

 private:
  static double error_of(const BarSeries& series, std::size_t i) {
    const double error = i < series.errors.size() ? std::fabs(series.errors[i]) : 0;
    return std::isfinite(error) && std::isfinite(series.heights[i]) ? error : 0;
  }

  // Within the axis; what has no place on a logarithmic one stands at its beginning.
  static double inside(const Scale& scale, double value) {
    const double at = scale(value);
    return std::isfinite(at) ? std::clamp(at, std::min(scale.from(), scale.to()), std::max(scale.from(), scale.to()))
                             : scale.from();
  }

  Point turned(double along, double across) const { return lie_ ? Point{across, along} : Point{along, across}; }

  void add_bar(PathText& path, double from, double to, const Scale& heights, double height) const {
    const double base = inside(heights, 0), end = inside(heights, height);
    if (base == end) return;
    path.lines({turned(from, base), turned(from, end), turned(to, end), turned(to, base)});
    path.close();
  }

  void add_whisker(PathText& path, double from, double to, const Scale& heights, double height, double error) const {
    const double middle = (from + to) / 2, half = std::min(4.0, (to - from) / 4);
    const double high = inside(heights, height + error), low = inside(heights, height - error);
    path.lines({turned(middle, high), turned(middle, low)});
    for (const double end : {high, low}) path.lines({turned(middle - half, end), turned(middle + half, end)});
  }

  AllBars all_;
  bool lie_;
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

std::unique_ptr<Shape> bars_shape(AllBars bars, bool lie) { return std::make_unique<Bars>(std::move(bars), lie); }

}  // namespace cambium::plot
