#include "apps/compare_norms/report.h"

#include <cmath>

#include "apps/common/console.h"
#include "apps/compare_norms/table.h"

namespace compare_norms {

namespace {

std::string clock_time(double seconds) {
  const long s = std::lround(seconds);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

void print_start(const Outcome& outcome, const Data& data) {
  const Experiment& one = outcome.experiment();
  apps::say("\n{}: {}\n", one.name, one.question);
  if (!one.formula.empty()) apps::say("  rule      {}\n", one.formula);
  apps::say("  network   {}\n  training  {}\n", one.network, one.training);
  apps::say("  data      {}: {} training images and {} test images\n", data.name, data.train.size(), data.test.size());
  apps::say("  runs      {}, seeds 1 to {}; mean +- standard deviation over the seeds\n\n", outcome.runs(), outcome.seeds());
}

void Progress::after(const Ended& ended) {
  const Experiment& one = outcome_.experiment();
  const int width = apps::terminal_width();
  if (width <= 0) return;
  const std::string& row = one.rows[static_cast<std::size_t>(ended.row)];
  const std::string& column = one.columns[static_cast<std::size_t>(ended.column)];
  const int done = outcome_.done(), all = outcome_.runs();
  const std::string left = clock_time(ended.seconds * (all - done) / std::max(1, done));
  std::string line = fmt::format("{}: {} of {} runs, {} left; {}{}{}: {}", one.name, done, all, left, row,
                                 column.empty() ? "" : " at ", column, cell_text(outcome_, ended.row, ended.column, 0));
  if (line.size() >= static_cast<std::size_t>(width)) line.resize(static_cast<std::size_t>(width - 1));
  apps::live(line);
}

void print_end(const Outcome& outcome) {
  for (const Grid& grid : grids_of(outcome)) {
    if (!grid.title.empty()) apps::say("{}\n", grid.title);
    for (const std::string& line : lines_of(grid)) apps::say("{}\n", line);
    apps::say("\n");
  }
  for (const std::string& line : refusals_of(outcome)) apps::say("{}\n", line);
  if (outcome.experiment().conclusions)
    for (const std::string& line : outcome.experiment().conclusions(outcome)) apps::say("{}\n", line);
  if (outcome.done() < outcome.runs()) apps::say("ended after {} of {} runs\n", outcome.done(), outcome.runs());
}

}  // namespace compare_norms
