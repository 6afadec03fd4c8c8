#include "apps/compare_norms/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "apps/compare_norms/normalizers.h"
#include "apps/compare_norms/table.h"

namespace compare_norms {

using namespace cambium;

namespace {

constexpr std::size_t most_lines = 9;  // that can be told apart: seven hues and two greys

int number(std::size_t i) { return static_cast<int>(i); }

// A norm has the same colour in every picture; "none" is ink.
plot::Colour colour_of(const std::string& row, std::size_t place) {
  using enum plot::Colour;
  const plot::Colour colours[] = {ink, blue, orange, green, vermilion, purple, sky, yellow, muted};
  const auto found = std::ranges::find(normalizers(), row, &Normalizer::name);
  if (found != normalizers().end()) place = static_cast<std::size_t>(found - normalizers().begin());
  return colours[place % std::size(colours)];
}

// The mean of each column as a line, one deviation on either side as a band.
void add_line(plot::Panel& panel, const Outcome& outcome, std::size_t row) {
  const Experiment& one = outcome.experiment();
  std::vector<double> means, low, high;
  for (std::size_t column = 0; column < one.columns.size(); ++column) {
    const Spread spread = outcome.spread(number(row), number(column), 0);
    means.push_back(spread.mean), low.push_back(spread.mean - spread.deviation), high.push_back(spread.mean + spread.deviation);
  }
  plot::Mark mark{.name = one.rows[row], .colour = colour_of(one.rows[row], row)};
  mark.dashed = one.rows[row] == "none";
  panel.line(one.x, means, mark);
  if (outcome.seeds() > 1) {
    mark.name.clear();
    panel.band(one.x, low, high, mark);
  }
}

plot::Panel lines_of(const Outcome& outcome, bool titled) {
  const Experiment& one = outcome.experiment();
  plot::Panel panel(titled ? one.title : "");
  plot::Axis x{.label = one.columns_are, .logarithmic = true};
  for (std::size_t i = 0; i < one.x.size(); ++i) x.ticks.emplace_back(one.x[i], one.columns[i]);
  panel.wide().height(340).x(x).y({.label = one.measures[0].name});
  for (std::size_t row = 0; row < one.rows.size(); ++row) add_line(panel, outcome, row);
  return panel;
}

plot::Panel bars_of(const Outcome& outcome, int column, int measure, const std::string& title) {
  const Experiment& one = outcome.experiment();
  std::vector<std::string> names;
  std::vector<double> means, deviations;
  for (std::size_t row = 0; row < one.rows.size(); ++row) {
    const Spread spread = outcome.spread(number(row), column, measure);
    if (spread.count == 0) continue;
    names.push_back(one.rows[row]), means.push_back(spread.mean), deviations.push_back(spread.count > 1 ? spread.deviation : 0);
  }
  plot::Panel panel(title);
  panel.y({.label = one.measures[static_cast<std::size_t>(measure)].name});
  if (!names.empty()) panel.bars(names, means, deviations);
  return panel;
}

plot::Panel cells_of(const Outcome& outcome, bool titled) {
  const Experiment& one = outcome.experiment();
  plot::Field field;
  for (std::size_t column = 0; column < one.columns.size(); ++column) field.x.push_back(static_cast<double>(column));
  for (std::size_t row = 0; row < one.rows.size(); ++row) {
    field.y.push_back(static_cast<double>(row));
    for (std::size_t column = 0; column < one.columns.size(); ++column)
      field.values.push_back(std::round(10 * outcome.spread(number(row), number(column), 0).mean) / 10);
  }
  plot::Panel panel((titled ? one.title + ": " : "") + one.measures[0].name);
  panel.wide().height(80 + 28.0 * static_cast<double>(one.rows.size())).x({.label = one.columns_are});
  panel.cells(field, {.columns = one.columns, .rows = one.rows, .numbers = true});
  return panel;
}

plot::Table table_of(const Grid& grid) { return {.columns = grid.columns, .rows = grid.rows}; }

std::string joined(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "; ")); }

void add_experiment(plot::Page& page, const Outcome& outcome) {
  const Experiment& one = outcome.experiment();
  page.heading(one.title);
  const std::vector<std::string> found = one.conclusions ? one.conclusions(outcome) : std::vector<std::string>{};
  const std::string seeds = outcome.seeds() == 1
                                ? "One training each, with seed 1."
                                : fmt::format("Means over seeds 1 to {}, with one standard deviation.", outcome.seeds());
  const plot::Caption caption{.text = fmt::format("{} Network: {}. Training: {}.", seeds, one.network, one.training),
                              .formula = one.formula,
                              .measured = joined(found)};
  page.figure(one.question, plot::Figure(panels_of(outcome, false), 2), caption);
  for (const Grid& grid : grids_of(outcome)) page.table(table_of(grid), grid.title);
  for (const std::string& line : refusals_of(outcome)) page.paragraph(line);
  if (outcome.done() < outcome.runs()) page.paragraph(fmt::format("Ended after {} of {} runs.", outcome.done(), outcome.runs()));
}

}  // namespace

std::vector<plot::Panel> panels_of(const Outcome& outcome, bool titled) {
  const Experiment& one = outcome.experiment();
  const std::string before = titled ? one.title + ": " : "";
  std::vector<plot::Panel> panels;
  if (one.columns.size() == 1) {
    for (std::size_t m = 0; m < one.measures.size(); ++m)
      if (one.measures[m].drawn) panels.push_back(bars_of(outcome, 0, number(m), before + one.measures[m].name));
  } else if (!one.x.empty() && one.rows.size() <= most_lines) {
    panels.push_back(lines_of(outcome, titled));
  } else if (one.columns.size() <= 2) {
    for (std::size_t c = 0; c < one.columns.size(); ++c) panels.push_back(bars_of(outcome, number(c), 0, before + one.columns[c]));
  } else {
    panels.push_back(cells_of(outcome, titled));
  }
  return panels;
}

plot::Page page_of(const std::vector<const Outcome*>& outcomes, const std::string& data, const std::string& command) {
  plot::Page page("Normalizers compared", "One network with each of them, on " + data);
  for (const Outcome* outcome : outcomes) add_experiment(page, *outcome);
  page.heading("How to repeat it").code(command);
  return page;
}

}  // namespace compare_norms
