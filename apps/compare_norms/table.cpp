#include "apps/compare_norms/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cambium/framework/base/text.h"

namespace compare_norms {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::string row_heading(const Experiment& experiment) {
  if (experiment.columns.size() > 1) return experiment.rows_are + " \\ " + experiment.columns_are;
  const std::string& setting = experiment.columns[0];  // the only one, as where --at has picked it
  return setting.empty() ? experiment.rows_are : fmt::format("{} at {} {}", experiment.rows_are, experiment.columns_are, setting);
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

}  // namespace

std::string cell_text(const Outcome& outcome, int row, int column, int measure) {
  const Spread spread = outcome.spread(row, column, measure);
  const int digits = outcome.experiment().measures[at(measure)].digits;
  const int there = outcome.there(row, column);
  if (!outcome.refused(row, column).empty()) return "refused";
  if (spread.count == 0) return there == 0 ? "-" : "diverged";
  const std::string some = spread.count < outcome.seeds() ? fmt::format(" ({} of {})", spread.count, outcome.seeds()) : "";
  if (spread.count == 1) return fmt::format("{:.{}f}{}", spread.mean, digits, some);
  return fmt::format("{:.{}f} +- {:.{}f}{}", spread.mean, digits, spread.deviation, digits, some);
}

std::vector<Grid> grids_of(const Outcome& outcome) {
  const Experiment& experiment = outcome.experiment();
  const int rows = static_cast<int>(experiment.rows.size()), columns = static_cast<int>(experiment.columns.size());
  const int measures = static_cast<int>(experiment.measures.size());
  std::vector<Grid> grids(columns == 1 ? 1 : at(measures));
  for (std::size_t g = 0; g < grids.size(); ++g) {
    Grid& grid = grids[g];
    if (columns > 1) grid.title = experiment.measures[g].name;
    grid.columns.push_back(row_heading(experiment));
    for (const std::string& column : experiment.columns)
      if (columns > 1) grid.columns.push_back(column);
    for (const Measure& measure : experiment.measures)
      if (columns == 1) grid.columns.push_back(measure.name);
    for (int row = 0; row < rows; ++row) {
      std::vector<std::string>& line = grid.rows.emplace_back(1, experiment.rows[at(row)]);
      for (int i = 0; i < (columns == 1 ? measures : columns); ++i)
        line.push_back(columns == 1 ? cell_text(outcome, row, 0, i) : cell_text(outcome, row, i, static_cast<int>(g)));
    }
  }
  return grids;
}

std::vector<std::string> lines_of(const Grid& grid) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    widths.push_back(grid.columns[i].size());
    for (const std::vector<std::string>& row : grid.rows) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto line_of = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
      line += i == 0 ? fmt::format("{:<{}}", cells[i], widths[i]) : fmt::format("  {:>{}}", cells[i], widths[i]);
    return line;
  };
  std::vector<std::string> lines{line_of(grid.columns)};
  for (const std::vector<std::string>& row : grid.rows) lines.push_back(line_of(row));
  return lines;
}

std::vector<std::string> refusals_of(const Outcome& outcome) {
  const Experiment& experiment = outcome.experiment();
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < experiment.rows.size(); ++row)
    for (std::size_t column = 0; column < experiment.columns.size(); ++column)
      if (const std::string& why = outcome.refused(static_cast<int>(row), static_cast<int>(column)); !why.empty())
        lines.push_back(fmt::format(
            "refused: {}{}: {}", experiment.rows[row],
            experiment.columns[column].empty() ? "" : fmt::format(" at {} {}", experiment.columns_are, experiment.columns[column]),
            why));
  return lines;
}

std::string csv_heading() { return "experiment,row,setting,seed,measure,value\n"; }

std::string csv_of(const Outcome& outcome) {
  const Experiment& experiment = outcome.experiment();
  std::string text;
  for (std::size_t row = 0; row < experiment.rows.size(); ++row)
    for (std::size_t column = 0; column < experiment.columns.size(); ++column)
      for (std::size_t m = 0; m < experiment.measures.size(); ++m) {
        const std::vector<double> values = outcome.values(static_cast<int>(row), static_cast<int>(column), static_cast<int>(m));
        for (std::size_t seed = 0; seed < values.size(); ++seed)
          if (!std::isnan(values[seed]))
            text += fmt::format("{},{},{},{},{},{}\n", experiment.name, quoted(experiment.rows[row]),
                                quoted(experiment.columns[column]), seed + 1, quoted(experiment.measures[m].name), values[seed]);
      }
  return text;
}

}  // namespace compare_norms
