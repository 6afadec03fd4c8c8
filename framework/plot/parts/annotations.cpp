#include "cambium/framework/plot/parts/annotations.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

using Candidates = std::vector<Text>;

// Of those that have room, the first with the least ink under it is drawn; where none has, none is.
void draw_best(Canvas& canvas, const Candidates& candidates) {
  const Text* best = nullptr;
  int least = 0;
  for (const Text& text : candidates) {
    if (!canvas.is_free(text)) continue;
    const int ink = canvas.ink_under(text);
    if (!best || ink < least) best = &text, least = ink;
    if (ink == 0) break;
  }
  if (best) canvas.text(*best);
}

// Beside the line, from its top down.
Candidates beside(const std::string& label, double x, const Box& area) {
  Candidates all;
  for (double y = area.top + 12; y < area.bottom - 4; y += 4) {
    all.push_back({label, {x + 4, y}, Role::note, Anchor::start});
    all.push_back({label, {x - 4, y}, Role::note, Anchor::end});
  }
  return all;
}

// Above the line, or below it, from its right end to its left.
Candidates along(const std::string& label, double y, const Box& area) {
  Candidates all;
  const double width = text_width(label, size_of(Role::note));
  for (double right = area.right - 2; right - width >= area.left; right -= 8)
    for (const double base : {y - 5, y + 13}) all.push_back({label, {right, base}, Role::note, Anchor::end});
  return all;
}

// Around a point, further and further away.
Candidates around(const std::string& text, const Point& at) {
  Candidates all;
  for (double away = 6; away < 60; away += 9) {
    const double up = at.y - away + 2, down = at.y + away + 8;
    all.push_back({text, {at.x + away, up}, Role::note, Anchor::start});
    all.push_back({text, {at.x - away, up}, Role::note, Anchor::end});
    all.push_back({text, {at.x + away, down}, Role::note, Anchor::start});
    all.push_back({text, {at.x - away, down}, Role::note, Anchor::end});
    all.push_back({text, {at.x, up - 4}, Role::note, Anchor::middle});
    all.push_back({text, {at.x, down + 4}, Role::note, Anchor::middle});
  }
  return all;
}

}  // namespace

void draw_rules(Canvas& canvas, const Frame& frame, const std::vector<Rule>& rules) {
  const Box& area = frame.area;
  for (const Rule& rule : rules) {
    const double at = rule.vertical ? frame.x(rule.value) : frame.y(rule.value);
    if (!(rule.vertical ? frame.x : frame.y).shows(rule.value)) continue;
    const Point from = rule.vertical ? Point{at, area.top} : Point{area.left, at};
    canvas.segment(from, rule.vertical ? Point{at, area.bottom} : Point{area.right, at}, "rule");
  }
  for (const Rule& rule : rules) {
    if (!(rule.vertical ? frame.x : frame.y).shows(rule.value)) continue;
    const std::string label = cut_to(rule.label, area.width() * 0.8, size_of(Role::note));
    draw_best(canvas, rule.vertical ? beside(label, frame.x(rule.value), area) : along(label, frame.y(rule.value), area));
  }
}

void draw_notes(Canvas& canvas, const Frame& frame, const std::vector<Note>& notes) {
  for (const Note& note : notes) {
    const Point at = frame.at(note.x, note.y);
    if (!std::isfinite(at.x) || !std::isfinite(at.y) || !frame.area.holds(at)) continue;
    PathText dot;
    dot.dot(at);
    canvas.path(dot.text(), "dot ink");
    draw_best(canvas, around(cut_to(note.text, frame.area.width() * 0.7, size_of(Role::note)), at));
  }
}

}  // namespace cambium::plot
