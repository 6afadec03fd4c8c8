#include "cambium/framework/plot/parts/legend.h"

#include <algorithm>
#include <string>

#include "cambium/framework/plot/parts/marks.h"
#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

constexpr double swatch = 18, before_text = 6, item_gap = 14;

void draw_swatch(Canvas& canvas, const LegendEntry& entry, const Point& left) {
  const double middle = left.y - 4;
  switch (entry.kind) {
    case LegendEntry::Kind::line:
      return canvas.segment({left.x, middle}, {left.x + swatch, middle}, line_classes(entry.mark), line_width(entry.mark));
    case LegendEntry::Kind::area: {
      PathText path;
      path.rectangle({left.x + 3, middle - 5, left.x + swatch - 3, middle + 5});
      return canvas.path(path.text(), "bar " + area_classes(entry.mark));
    }
    case LegendEntry::Kind::dot: {
      PathText path;
      path.dot({left.x + swatch / 2, middle});
      return canvas.path(path.text(), dot_classes(entry.mark), dot_width(entry.mark));
    }
  }
}

}  // namespace

Legend::Legend(const std::vector<LegendEntry>& entries, double width, int most_rows) {
  std::vector<LegendEntry> named;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(named),
               [](const auto& entry) { return !entry.mark.name.empty(); });
  const double most = width - swatch - before_text - 2;
  double x = 0;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::size_t after = named.size() - i - 1;
    Text text = {cut_to(named[i].mark.name, most, size_of(Role::legend)), {}, Role::legend};
    const double rest = after > 0 ? item_gap + text_width("+ " + std::to_string(after) + " more", size_of(Role::legend)) : 0;
    const double end = x + swatch + before_text + width_of(text) + 1;
    const bool last_row = rows_ == most_rows;
    if (rows_ == 0 || (!last_row && end > width)) x = 0, ++rows_;
    if (last_row && end + rest > width) {
      places_.emplace_back().text = {"+ " + std::to_string(after + 1) + " more", {x, rows_ * row_height - 4}, Role::legend};
      return;
    }
    text.at = {x + swatch + before_text, rows_ * row_height - 4};
    x = text.at.x + width_of(text) + item_gap;
    places_.push_back({named[i], std::move(text)});
  }
}

void Legend::draw(Canvas& canvas, double top) const {
  for (const Place& place : places_) {
    Text text = place.text;
    text.at.y += top;
    if (canvas.text(text) && !place.entry.mark.name.empty())
      draw_swatch(canvas, place.entry, {text.at.x - swatch - before_text, text.at.y});
  }
}

}  // namespace cambium::plot
