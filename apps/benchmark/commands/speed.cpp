// How fast each workload is, in training and in use. Every cell in turn, round after round; what cannot be trained in such batches
// is left out, with the reason.
#include <algorithm>
#include <map>
#include <memory>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/benchmark/timing/peak.h"
#include "apps/benchmark/timing/subject.h"
#include "apps/benchmark/workloads/work.h"
#include "apps/common/console.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

using cambium::Mode;

struct SpeedOptions {
  Cells cells{{"W1", "W2", "W3", "W4", "W5", "W6"}};
  std::string mode = "both";
  int rounds = 5;
  bool peak = false;
  Protocol protocol;
};

struct SpeedRow {
  Cell cell;
  Mode mode;
  double flops;                      // for one sample
  std::size_t bytes = 0;             // in use, without the samples
  std::vector<double> speeds, slow;  // of each round: samples per second, and the 99th percentile of a step in seconds
};

// Why it is not trained in such batches, as a line; "" where it can be.
std::string reason_against(const Workload& what, int batch) {
  try {
    what.model().check(batch, Mode::train);
    return "";
  } catch (const cambium::Error& error) {
    return fmt::format("{} is not trained at batch {}: {}\n", what.name, batch, error.problem());
  }
}

std::vector<SpeedRow> rows_of(const SpeedOptions& options) {
  std::vector<SpeedRow> rows;
  std::string left_out;
  for (const std::string& name : options.cells.workloads) {
    const Workload& what = workload(name);
    const Work work = work_of(what.model());
    for (const int batch : options.cells.batches) {
      const std::string reason = options.mode == "infer" ? "" : reason_against(what, batch);
      left_out += reason;
      for (const int threads : options.cells.threads)
        for (const Mode mode : modes_of(options.mode))
          if (mode != Mode::train || reason.empty())
            rows.push_back({{name, batch, threads}, mode, mode == Mode::train ? work.training : work.forward, 0, {}, {}});
    }
  }
  if (rows.empty()) throw cambium::Error(left_out, "a larger --batch, or --mode infer");
  apps::write(left_out);
  return rows;
}

void measure(const Protocol& protocol, SpeedRow& row) {
  Subject subject(row.cell, norm(workload(row.cell.workload).norm), row.mode);
  const Timing timing = time_steps(protocol, [&] { subject.step(); });
  if (apps::stopped()) return;
  row.bytes = subject.bytes();
  row.speeds.push_back(row.cell.batch / timing.steps.median());
  row.slow.push_back(timing.steps.at(0.99));
}

void print_rows(const SpeedOptions& options, const std::vector<SpeedRow>& rows) {
  std::map<int, double> peaks;
  if (options.peak)
    for (const int threads : options.cells.threads) peaks[threads] = peak_flops(threads);
  apps::say("\n{:<9}{:>6}{:>8}  {:<6}{:>11}{:>22}{:>12}{:>12}{:>9}{}{:>9}\n", "workload", "batch", "threads", "mode", "samples/s",
            "(least .. most)", "step, us", "99 %, us", "GFLOP/s", options.peak ? "  of peak" : "", "MB");
  for (const SpeedRow& row : rows) {
    if (row.speeds.empty()) continue;
    const Cell& cell = row.cell;
    const Spread speed(row.speeds);
    const double flops = speed.median() * row.flops;
    apps::say("{:<9}{:>6}{:>8}  {:<6}{:>11.0f}{:>22}{:>12.1f}{:>12.1f}{:>9.2f}{}{:>9.2f}\n", cell.workload, cell.batch,
              cell.threads, name_of(row.mode), speed.median(), speed.range(0), 1e6 * cell.batch / speed.median(),
              1e6 * Spread(row.slow).median(), 1e-9 * flops,
              options.peak ? fmt::format("{:>7.1f} %", 100 * flops / peaks[cell.threads]) : "",
              1e-6 * static_cast<double>(row.bytes));
  }
  for (const auto& [threads, peak] : peaks)
    apps::say("peak of multiply-adds on {}: {:.0f} GFLOP/s\n", apps::counted(threads, "thread"), 1e-9 * peak);
  apps::say("MB: weights, gradients, moments and the plan's memory. All of this process at its largest: {:.0f} MB\n",
            peak_memory() * 1.048576);
}

void print_speeds(const SpeedOptions& options) {
  print_start(*std::max_element(options.cells.threads.begin(), options.cells.threads.end()));
  std::vector<SpeedRow> rows = rows_of(options);
  measure_in_turn(
      options.rounds, rows.size(), [&](std::size_t row) { measure(options.protocol, rows[row]); },
      [&] { print_rows(options, rows); });
}

}  // namespace

Run declare_speed(CLI::App& app) {
  const auto options = std::make_shared<SpeedOptions>();
  add_cells(app, options->cells);
  add_mode(app, options->mode, {"train", "infer", "both"});
  add_rounds(app, options->rounds);
  app.add_flag("--peak", options->peak, "measure how fast this processor multiplies and adds, and show the share of that");
  add_protocol(app, options->protocol);
  return [options] { print_speeds(*options); };
}

}  // namespace benchmark
