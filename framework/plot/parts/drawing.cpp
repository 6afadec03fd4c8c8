#include "cambium/framework/plot/parts/drawing.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/plot/parts/annotations.h"
#include "cambium/framework/plot/parts/axes.h"
#include "cambium/framework/plot/parts/legend.h"
#include "cambium/framework/plot/parts/panel_impl.h"
#include "cambium/framework/plot/parts/pictures.h"
#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

constexpr double default_height = 260, least_area = 50, title_line = 19;

std::vector<std::string> title_lines(const PanelContent& content, double width) {
  return wrapped(content.title, width - 2, size_of(Role::title), 3, true);
}

void draw_title(Canvas& canvas, const std::vector<std::string>& lines) {
  double y = 0;
  for (const std::string& line : lines) canvas.text({line, {0, y += title_line - 4}, Role::title}), y += 4;
}

// All that has to be known before the first line is drawn.
struct Layout {
  AxisPlan x, y;
  Reach reach_x, reach_y;
  std::vector<LegendEntry> entries = {};
  const ColourBar* bar = nullptr;
  bool downwards = false, covered = false;

  explicit Layout(const PanelContent& content)
      : x{content.x}, y{content.y}, reach_x(content.x.logarithmic), reach_y(content.y.logarithmic) {
    for (const auto& shape : content.shapes) {
      shape->reach(reach_x, reach_y);
      if (!x.names) x.names = shape->x_names();
      if (!y.names) y.names = shape->y_names();
      if (!bar) bar = shape->colour_bar();
      downwards = downwards || shape->first_row_on_top(), covered = covered || shape->covers();
      for (const LegendEntry& entry : shape->legend()) entries.push_back(entry);
    }
    for (const Rule& rule : content.rules) (rule.vertical ? reach_x : reach_y).loose(rule.value);
    for (const Note& note : content.notes) reach_x.loose(note.x), reach_y.loose(note.y);
  }

  // A matrix has names on both sides, and needs the room itself.
  double widest_name(double width) const { return width * (x.names && y.names ? 0.26 : 0.4); }
  double right_margin() const { return covered && x.names ? 4 : 12; }

  Scale scale_x(const Box& area) const {
    const auto [low, high] = reach_x.range(x.axis);
    return {low, high, reach_x.logarithmic(), area.left, area.right};
  }
  Scale scale_y(const Box& area) const {
    const auto [low, high] = reach_y.range(y.axis);
    return {low, high, reach_y.logarithmic(), downwards ? area.top : area.bottom, downwards ? area.bottom : area.top};
  }
};

// The box between the axes, from outside to inside. Heights of what stands below depend on its width, and that on the labels of the
// y axis, and those on the height: two rounds do.
Box area_of(const Layout& layout, double width, double height, double top, double below, double least) {
  Box area = {40, top, width - layout.right_margin(), std::max(height - 30, top + least)};
  for (int round = 0; round < 2; ++round) {
    const Ticks ticks = y_ticks(layout.y, layout.scale_y(area), layout.widest_name(width));
    area.left = ticks.empty() ? 4 : widest_of(ticks) + tick_length + 4;
    area.right = width - layout.right_margin();
    if (layout.bar) area.right -= 20 + widest_of(colour_bar_ticks(*layout.bar, area.height()));
    area.right = std::max(area.right, area.left + 20);
    area.bottom = std::max(height - below - x_ticks(layout.x, layout.scale_x(area)).height, top + least);
  }
  return area;
}

double height_of(const PanelContent& content, const Layout& layout) {
  const auto rows = static_cast<double>(layout.y.names ? layout.y.names->size() : 0);
  return content.height.value_or(std::max(default_height, std::min(rows, 60.0) * (line_height(Role::tick) + 2) + 80));
}

}  // namespace

bool Drawing::is_wide(const Panel& panel) { return panel.state_->wide; }

std::string Drawing::name(const Panel& panel) {
  const PanelContent& content = *panel.state_;
  if (!content.title.empty()) return content.title;
  if (!content.y.label.empty() && !content.x.label.empty()) return content.y.label + " over " + content.x.label;
  return content.y.label.empty() ? content.x.label : content.y.label;
}

Drawing::Drawing(const Panel& panel, double width) : width_(width) {
  if (!panel.state_->pictures.empty())
    draw_pictures(*panel.state_);
  else
    draw_axes(with_bars_that_fit(*panel.state_, width));
}

void Drawing::draw_pictures(const PanelContent& content) {
  const std::vector<std::string> title = title_lines(content, width_);
  const double top = title_line * static_cast<double>(title.size()) + (title.empty() ? 0 : 4);
  const PictureGrid grid(content.pictures, content.picture_columns, width_, content.height);
  height_ = top + grid.height();
  Canvas canvas(width_, height_);
  draw_title(canvas, title);
  grid.draw(canvas, top);
  elements_ = canvas.elements(), texts_ = canvas.texts();
}

void Drawing::draw_axes(const PanelContent& content) {
  const Layout layout(content);
  const std::vector<std::string> title = title_lines(content, width_);
  height_ = height_of(content, layout);
  const Legend legend(layout.entries, width_, std::max(2, static_cast<int>(height_ / 80)));
  const double legend_top = title_line * static_cast<double>(title.size()) + (title.empty() ? 0 : 2);
  const double label_base = legend_top + legend.height() + (content.y.label.empty() ? 0 : 13);
  const double top = label_base + (content.y.label.empty() ? 9 : 13);
  const double below = content.x.label.empty() ? 2 : line_height(Role::label);
  const Box area = area_of(layout, width_, height_, top, below, least_area);
  const Frame frame = {area, layout.scale_x(area), layout.scale_y(area)};
  const XTicks xt = x_ticks(layout.x, frame.x);
  const Ticks yt = y_ticks(layout.y, frame.y, layout.widest_name(width_));
  height_ = std::max(height_, area.bottom + xt.height + below);

  Canvas canvas(width_, height_);
  draw_title(canvas, title);
  legend.draw(canvas, legend_top);
  canvas.text({cut_to(content.y.label, width_ - 2, size_of(Role::label)), {0, label_base}, Role::label});
  Text x_label = {cut_to(content.x.label, width_ - 4, size_of(Role::label)), {0, height_ - 4}, Role::label, Anchor::middle};
  const double half = plot::width_of(x_label) / 2;
  x_label.at.x = std::clamp((area.left + area.right) / 2, half, width_ - half);
  canvas.text(x_label);
  if (!layout.covered) draw_grid(canvas, frame, layout.x, xt, layout.y, yt);
  for (const auto& shape : content.shapes) shape->draw(canvas, frame);
  plot::draw_axes(canvas, frame, layout.x, xt, layout.y, yt);
  if (layout.bar) draw_colour_bar(canvas, *layout.bar, {area.right + 8, area.top, area.right + 18, area.bottom});
  draw_rules(canvas, frame, content.rules);
  draw_notes(canvas, frame, content.notes);
  if (layout.reach_x.empty() && layout.reach_y.empty())
    canvas.text({"no data", {(area.left + area.right) / 2, (area.top + area.bottom) / 2}, Role::label, Anchor::middle});
  elements_ = canvas.elements(), texts_ = canvas.texts();
}

}  // namespace cambium::plot
