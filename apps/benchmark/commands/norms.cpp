// What a norm costs: the same model trained with one norm and another, all in the same run. Every norm in turn, round after round.
// Ratios are taken within each round, so that all saw the same machine; their median is shown.
#include <algorithm>
#include <memory>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/benchmark/timing/subject.h"
#include "apps/common/console.h"
#include "apps/common/named.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

using cambium::Mode;

struct NormsOptions {
  Cell cell{"W7", 32};
  std::vector<std::string> norms = {"all"};
  std::string against = "none";
  int rounds = 5;
  Protocol protocol;
};

struct NormRow {
  std::string norm;
  std::vector<double> steps;  // seconds, one for each round
};

// What the others are compared with first. Of `all`, a norm that cannot be trained in such batches is left out, with the reason;
// given by name it is an Error.
std::vector<NormRow> rows_of(const NormsOptions& options) {
  std::vector<std::string> names = options.norms;
  const bool all = std::ranges::find(names, "all") != names.end();
  if (all) names = apps::names_of(norms());
  names.insert(names.begin(), options.against);
  std::vector<NormRow> rows;
  for (const std::string& name : names) {
    if (std::ranges::find(rows, name, &NormRow::norm) != rows.end()) continue;
    try {
      workload(options.cell.workload).model(norm(name)).check(options.cell.batch, Mode::train);
      rows.push_back({name, {}});
    } catch (const cambium::Error& error) {
      if (!all || name == options.against) throw;
      apps::say("{} is left out: {}\n", name, error.problem());
    }
  }
  return rows;
}

void measure(const NormsOptions& options, NormRow& row) {
  Subject subject(options.cell, norm(row.norm), Mode::train);
  const Timing timing = time_steps(options.protocol, [&] { subject.step(); });
  if (!apps::stopped()) row.steps.push_back(timing.steps.median());
}

// A round that is not complete does not count.
void print_rows(const NormsOptions& options, const std::vector<NormRow>& rows) {
  const std::size_t rounds = rows.back().steps.size();
  if (rounds == 0) return;
  apps::say("\n{:<16}{:>12}{:>22}{:>12}{:>24}\n", "norm", "samples/s", "(least .. most)", "step, us", "step / " + options.against);
  for (const NormRow& row : rows) {
    std::vector<double> speeds, ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
      speeds.push_back(options.cell.batch / row.steps[round]);
      ratios.push_back(row.steps[round] / rows.front().steps[round]);
    }
    const Spread speed(speeds), ratio(ratios);
    apps::say("{:<16}{:>12.0f}{:>22}{:>12.1f}{:>24}\n", row.norm, speed.median(), speed.range(0),
              1e6 * options.cell.batch / speed.median(), fmt::format("{:.3f} {}", ratio.median(), ratio.range(3)));
  }
}

void compare_norms(const NormsOptions& options) {
  const Workload& what = workload(options.cell.workload);
  print_start(options.cell.threads);
  apps::say("{}: {}; batch {}, {}, {}\n", what.name, what.about, options.cell.batch, apps::counted(options.cell.threads, "thread"),
            apps::counted(options.rounds, "round"));
  std::vector<NormRow> rows = rows_of(options);
  measure_in_turn(
      options.rounds, rows.size(), [&](std::size_t row) { measure(options, rows[row]); }, [&] { print_rows(options, rows); });
}

}  // namespace

Run declare_norms(CLI::App& app) {
  const auto options = std::make_shared<NormsOptions>();
  add_cell(app, options->cell);
  app.add_option("--norm", options->norms, "what is compared, with commas between, or all")
      ->delimiter(',')
      ->option_text("NAME,.. [all]")
      ->each([](const std::string& name) {
        if (name != "all") norm(name);
      });
  app.add_option("--against", options->against, "what the others are compared with")->option_text("NAME [none]")->each(norm);
  add_rounds(app, options->rounds);
  add_protocol(app, options->protocol);
  return [options] { compare_norms(*options); };
}

}  // namespace benchmark
