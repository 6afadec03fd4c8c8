#include "apps/benchmark/norms_table.h"

#include "apps/benchmark/spread.h"
#include "apps/benchmark/training.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

using cambium::Error;

struct Row {
  std::string norm;
  std::vector<double> steps;  // seconds, one for each round
};

std::vector<Row> rows_for(const Options& options) {
  const Workload& what = workload(options.workloads[0]);
  std::vector<Row> rows;
  for (const std::string& name : options.norms) {
    try {
      what.model(norm(name)).check(options.batches[0], cambium::Mode::train);
    } catch (const Error& error) {
      if (!options.all || name == options.against) throw;
      apps::say("{} is left out: {}\n", name, error.problem());
      continue;
    }
    rows.push_back({name, {}});
  }
  return rows;
}

double median_step(const Options& options, const std::string& with) {
  Subject subject(workload(options.workloads[0]), norm(with), options.batches[0], options.threads[0]);
  Training training(subject);
  const Timing timing = time_steps(
      options.protocol, [&] { training.step(); }, [] { return !apps::stopped(); });
  return timing.median();
}

void measure(const Options& options, std::vector<Row>& rows) {
  for (int round = 0; round < options.rounds; ++round)
    for (Row& row : rows) {
      const double step = median_step(options, row.norm);
      if (apps::stopped()) return;
      row.steps.push_back(step);
    }
}

// A round that is not complete does not count.
void print_rows(const Options& options, const std::vector<Row>& rows) {
  const std::size_t rounds = rows.back().steps.size();
  if (rounds == 0) return;
  apps::say("\n{:<16}{:>12}{:>22}{:>12}{:>24}\n", "norm", "samples/s", "(least .. most)", "step, us", "step / " + options.against);
  for (const Row& row : rows) {
    std::vector<double> speeds, ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
      speeds.push_back(options.batches[0] / row.steps[round]);
      ratios.push_back(row.steps[round] / rows.front().steps[round]);
    }
    const Spread speed = spread_of(speeds), ratio = spread_of(ratios);
    apps::say("{:<16}{:>12.0f}{:>22}{:>12.1f}{:>24}\n", row.norm, speed.median, range(speed, 0),
              1e6 * options.batches[0] / speed.median, fmt::format("{:.3f} {}", ratio.median, range(ratio, 3)));
  }
}

}  // namespace

void compare_norms(const Options& options) {
  const Workload& what = workload(options.workloads[0]);
  apps::say("{}: {}; batch {}, {} thread{}, {} round{}\n", what.name, what.about, options.batches[0], options.threads[0],
            options.threads[0] == 1 ? "" : "s", options.rounds, options.rounds == 1 ? "" : "s");
  std::vector<Row> rows = rows_for(options);
  apps::begin();
  try {
    measure(options, rows);
  } catch (...) {
    print_rows(options, rows);
    throw;
  }
  print_rows(options, rows);
}

}  // namespace benchmark
