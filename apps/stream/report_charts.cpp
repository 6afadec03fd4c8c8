#include "apps/stream/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/common/console.h"
#include "apps/stream/events.h"
#include "cambium/framework/base/text.h"

namespace stream {

using namespace cambium;
using plot::Figure;
using plot::Panel;

namespace {

using Column = std::vector<double>;

Column column_of(const std::vector<Stretch>& stretches, double Stretch::*what) {
  Column values;
  for (const Stretch& stretch : stretches) values.push_back(stretch.*what);
  return values;
}

Panel over_rows(const std::string& title, plot::Axis y) {
  Panel panel(title);
  panel.x({.label = "row"}).y(std::move(y));
  return panel;
}

// A figure, and dashed the same of who says what the last target was.
Panel beside_the_last(const std::string& title, const std::string& label, const std::vector<Stretch>& all, double Stretch::*figure,
                      double Stretch::*of_last) {
  const Column rows = column_of(all, &Stretch::last);
  Panel panel = over_rows(title, {.label = label});
  panel.line(rows, column_of(all, figure), {.name = "predicted"});
  panel.line(rows, column_of(all, of_last), {.name = "as the last one", .colour = plot::Colour::muted, .dashed = true});
  return panel;
}

std::vector<Panel> quality_panels(Task task, const std::vector<Stretch>& all) {
  const Column rows = column_of(all, &Stretch::last);
  std::vector<Panel> panels;
  if (task == Task::classify) {
    panels.push_back(beside_the_last("Accuracy", "share of correct labels", all, &Stretch::accuracy, &Stretch::accuracy_of_last));
    panels.push_back(over_rows("Kappa", {.label = "1: exact, 0: no better than chance, or than the last label"}));
    panels.back().line(rows, column_of(all, &Stretch::kappa), {.name = "kappa"});
    panels.back().line(rows, column_of(all, &Stretch::kappa_temporal), {.name = "kappa temporal"}).rule_y(0);
  } else if (task == Task::regress) {
    panels.push_back(beside_the_last("Error", "mean absolute error", all, &Stretch::error, &Stretch::error_of_last));
  } else {
    panels.push_back(over_rows("Score", {.label = "the highest of some rows", .low = 0}));
    panels.back().line(rows, column_of(all, &Stretch::score)).rule_y(1, "alarm");
    panels.push_back(over_rows("Alarms", {.label = "rows with an alarm so far", .low = 0}));
    Column sum;
    for (const Stretch& stretch : all) sum.push_back((sum.empty() ? 0 : sum.back()) + stretch.alarms);
    panels.back().line(rows, sum);
  }
  panels.push_back(over_rows("Loss", {.label = "mean loss"}));
  panels.back().line(rows, column_of(all, &Stretch::loss));
  return panels;
}

}  // namespace

void add_figures(plot::Page& page, Task task, int window, const std::vector<Stretch>& stretches) {
  if (stretches.empty()) return;
  std::vector<Panel> panels = quality_panels(task, stretches);
  Column speed;
  for (const Stretch& s : stretches) speed.push_back(s.seconds > 0 ? (s.last - s.first + 1) / s.seconds : Stretch::none);
  panels.push_back(over_rows("Speed", {.label = "rows a second, waits among them", .low = 0}));
  panels.back().line(column_of(stretches, &Stretch::last), speed);
  const Stretch& last = stretches.back();
  page.heading("Row by row");
  page.figure("", Figure(std::move(panels)),
              {.text = fmt::format("Each row is predicted before it is learnt. Figures are those of the {} rows before.", window),
               .measured = fmt::format("a point for {:.0f} rows", stretches.front().last - stretches.front().first + 1) +
                           (task == Task::classify
                                ? fmt::format("; now accuracy {:.4g}, as the last one {:.4g}", last.accuracy, last.accuracy_of_last)
                                : "")});
}

void add_events(plot::Page& page, const History& history, double rows) {
  page.heading("Events");
  if (history.events().empty()) {
    page.paragraph("No column did anything that is told.");
    return;
  }
  constexpr int kinds = 5;
  Panel panel;
  plot::Axis y{.low = -0.5, .high = kinds - 0.5};
  for (int kind = 0; kind < kinds; ++kind) {
    Column when, heights;
    for (const PastEvent& event : history.events())
      if (event.kind == kind) when.push_back(event.row), heights.push_back(kind);
    y.ticks.emplace_back(kind, name_of(static_cast<Event::Kind>(kind)));
    if (!when.empty()) panel.scatter(when, heights, {.size = 4});
  }
  panel.x({.label = "row", .low = 0, .high = rows}).y(std::move(y)).height(200).wide();
  plot::Table table{{"row", "column", "event", "what"}, {}};
  for (const PastEvent& e : history.events())
    table.rows.push_back({fmt::format("{:.0f}", e.row), e.column, name_of(static_cast<Event::Kind>(e.kind)), shown(e.text, 120)});
  const std::string count = apps::counted(history.all_events(), "event");
  const bool all = history.all_events() == static_cast<std::int64_t>(history.events().size());
  page.figure("", Figure({std::move(panel)}, 1), {.text = "What the columns did, by the rules of their statistics."});
  page.table(table, all ? count : fmt::format("The first and the newest of {}", count));
}

void add_columns(plot::Page& page, const std::vector<std::string>& names, const std::vector<Stretch>& stretches,
                 const std::vector<PastEvent>& events) {
  if (stretches.empty() || names.empty()) return;
  constexpr std::size_t most_rules = 12;
  const Column rows = column_of(stretches, &Stretch::last);
  std::vector<Panel> panels;
  const std::size_t shown_here = std::min(names.size(), History::most_columns);
  for (std::size_t i = 0; i < shown_here; ++i) {
    Column mean, low, high;
    for (const Stretch& s : stretches) {
      const Moments m = i < s.columns.size() ? s.columns[i] : Moments{.mean = Stretch::none};
      mean.push_back(m.mean), low.push_back(m.mean - m.deviation()), high.push_back(m.mean + m.deviation());
    }
    panels.push_back(over_rows(shown(names[i], 40), {}));
    panels.back().band(rows, low, high, {.colour = plot::Colour::blue}).line(rows, mean, {.colour = plot::Colour::blue});
    std::size_t rules = 0;
    for (const PastEvent& event : events)
      if (event.column == shown(names[i], 60) && rules++ < most_rules) panels.back().rule_x(event.row);
    panels.back().height(180);
  }
  page.heading("Columns");
  page.figure("", Figure(std::move(panels)),
              {.text = "Mean and, shaded, one deviation to each side, of the rows of each point; events of the column as lines.",
               .measured = fmt::format("{} of {} values of a row", shown_here, names.size())});
}

}  // namespace stream
