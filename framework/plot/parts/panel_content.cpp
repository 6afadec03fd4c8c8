#include "cambium/framework/plot/parts/panel_content.h"

#include <algorithm>
#include <utility>

#include "cambium/framework/plot/parts/canvas.h"

namespace cambium::plot {
namespace {

constexpr double beside_area = 60, between_names = 8, above_and_below = 80;

bool names_fit(const std::vector<std::string>& names, double width) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return width_of({name}) + between_names <= (width - beside_area) / static_cast<double>(names.size());
  });
}

}  // namespace

PanelContent with_bars_that_fit(const PanelContent& content, double width) {
  PanelContent turned = content;
  const std::vector<std::string>& names = content.bars.names;
  const double lines = static_cast<double>(names.size()) * line_height(Role::tick);
  const bool high_enough = !content.height || *content.height >= lines + above_and_below;
  if (content.shapes.size() != 1 || names.empty() || names_fit(names, width) || !high_enough) return turned;
  std::swap(turned.x, turned.y);
  for (Rule& rule : turned.rules) rule.vertical = !rule.vertical;
  for (Note& note : turned.notes) std::swap(note.x, note.y);
  turned.shapes[0] = bars_shape(content.bars, true);
  return turned;
}

}  // namespace cambium::plot
