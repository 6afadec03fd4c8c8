#include "cambium/framework/plot/parts/canvas.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

struct Look {
  const char* name;  // of its class
  double size;
  bool bold;
};

Look look_of(Role role) {
  switch (role) {
    case Role::title: return {"title", 13, true};
    case Role::label: return {"label", 12, false};
    case Role::tick: return {"tick", 11.5, false};
    case Role::legend: return {"legend", 12, false};
    case Role::note: return {"note", 11.5, false};
    case Role::cell: return {"cell", 10.5, false};
    case Role::caption: return {"caption", 11.5, false};
  }
  return {"tick", 11.5, false};
}

// What fonts have above and below the base line, in parts of the size, letters with and without.
constexpr double above = 1.05, below = 0.3;

bool meet(const Box& a, const Box& b) { return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }

}  // namespace

double size_of(Role role) { return look_of(role).size; }
double line_height(Role role) { return look_of(role).size * (above + below) + 0.5; }

double width_of(const Text& text) {
  const Look look = look_of(text.role);
  return text_width(text.text, look.size, look.bold);
}

Box box_of(const Text& text) {
  const double size = size_of(text.role), width = width_of(text);
  const double before = text.anchor == Anchor::start ? 0 : text.anchor == Anchor::middle ? width / 2 : width;
  const Point& at = text.at;
  if (text.upright) return {at.x - above * size, at.y - (width - before), at.x + below * size, at.y + before};
  return {at.x - before, at.y - above * size, at.x + width - before, at.y + below * size};
}

void Canvas::open(std::string_view element, std::string_view classes) {
  (elements_ += '<') += element;
  if (!classes.empty()) ((elements_ += " class=\"") += classes) += '"';
}

void Canvas::path(const std::string& d, std::string_view classes, const std::string& more) {
  if (d.empty()) return;
  open("path", classes);
  elements_ += more + " d=\"" + d + "\"/>\n";
}

void Canvas::segment(const Point& a, const Point& b, std::string_view classes, const std::string& more) {
  PathText d;
  d.lines({a, b});
  path(d.text(), classes, more);
}

void Canvas::rectangle(const Box& box, std::string_view classes, const std::string& more) {
  open("rect", classes);
  elements_ += more + " x=\"" + px(box.left) + "\" y=\"" + px(box.top) + "\" width=\"" + px(box.width()) + "\" height=\"" +
               px(box.height()) + "\"/>\n";
}

void Canvas::image(const Box& box, const std::string& uri) {
  open("image", "");
  elements_ += " x=\"" + px(box.left) + "\" y=\"" + px(box.top) + "\" width=\"" + px(box.width()) + "\" height=\"" +
               px(box.height()) + "\" preserveAspectRatio=\"none\" href=\"" + uri + "\"/>\n";
}

bool Canvas::is_free(const Text& text) const {
  const Box box = box_of(text);
  constexpr double rounding = 1e-6;
  if (std::min(box.left, box.top) < -rounding || box.right > width_ + rounding || box.bottom > height_ + rounding) return false;
  return std::none_of(texts_.begin(), texts_.end(), [&](const Box& other) { return meet(box, other); });
}

void Canvas::mark_ink(const std::vector<Point>& line) {
  constexpr double apart = 5;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Point &a = line[i > 0 ? i - 1 : 0], &b = line[i];
    const int steps = static_cast<int>(std::max(1.0, std::ceil(std::hypot(b.x - a.x, b.y - a.y) / apart)));
    for (int k = 1; k <= steps; ++k) ink_.push_back({a.x + (b.x - a.x) * k / steps, a.y + (b.y - a.y) * k / steps});
  }
}

int Canvas::ink_under(const Text& text) const {
  const Box box = box_of(text);
  return static_cast<int>(std::count_if(ink_.begin(), ink_.end(), [&](const Point& p) { return box.holds(p); }));
}

bool Canvas::text(const Text& text) {
  if (text.text.empty() || !is_free(text)) return false;
  texts_.push_back(box_of(text));
  std::string classes = look_of(text.role).name;
  if (text.anchor != Anchor::start) classes += text.anchor == Anchor::middle ? " mid" : " end";
  if (!text.classes.empty()) classes += " " + text.classes;
  open("text", classes);
  const std::string at = px(text.at.x) + (text.upright ? " " : "\" y=\"") + px(text.at.y);
  elements_ += text.upright ? " transform=\"translate(" + at + ")rotate(-90)\">" : " x=\"" + at + "\">";
  elements_ += escaped(text.text) + "</text>\n";
  return true;
}

}  // namespace cambium::plot
