#include "apps/benchmark/table.h"

#include <map>

#include "apps/benchmark/peak.h"
#include "apps/benchmark/spread.h"
#include "apps/benchmark/training.h"
#include "apps/benchmark/work.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

struct Cell {
  const Workload* what;
  int batch, threads;
  bool train;
  double flops;                      // for one sample
  std::size_t bytes = 0;             // in use, without the samples
  std::vector<double> speeds, slow;  // of each round: samples per second, and the 99th percentile of a step in seconds
};

// Why it is not trained in such batches, as a line; "" where it can be.
std::string reason_against(const Workload& what, int batch) {
  try {
    what.model().check(batch, cambium::Mode::train);
    return "";
  } catch (const cambium::Error& error) {
    return fmt::format("{} is not trained at batch {}: {}\n", what.name, batch, error.problem());
  }
}

std::vector<Cell> cells_of(const Options& options) {
  std::vector<Cell> cells;
  std::string left_out;
  for (const std::string& name : options.workloads) {
    const Workload& what = workload(name);
    const Work work = work_of(what.model());
    for (const int batch : options.batches) {
      const std::string reason = options.mode == "infer" ? "" : reason_against(what, batch);
      left_out += reason;
      for (const int threads : options.threads) {
        if (options.mode != "train") cells.push_back({&what, batch, threads, false, work.forward, 0, {}, {}});
        if (options.mode != "infer" && reason.empty()) cells.push_back({&what, batch, threads, true, work.training, 0, {}, {}});
      }
    }
  }
  if (cells.empty()) throw cambium::Error(left_out, "a larger --batch, or --mode infer");
  apps::write(left_out);
  return cells;
}

template <class Runs>
void measure_cell(const Protocol& protocol, Cell& cell) {
  Subject subject(*cell.what, cell.batch, cell.threads);
  Runs runs(subject);
  const Timing timing = time_steps(
      protocol, [&] { runs.step(); }, [] { return !apps::stopped(); });
  if (apps::stopped()) return;
  cell.bytes = runs.bytes();
  cell.speeds.push_back(cell.batch / timing.median());
  cell.slow.push_back(timing.at(0.99));
}

void print_cells(const Options& options, const std::vector<Cell>& cells) {
  std::map<int, double> peaks;
  if (options.peak)
    for (const int threads : options.threads) peaks[threads] = peak_flops(threads);
  apps::say("\n{:<9}{:>6}{:>8}  {:<6}{:>11}{:>22}{:>12}{:>12}{:>9}{}{:>9}\n", "workload", "batch", "threads", "mode", "samples/s",
            "(least .. most)", "step, us", "99 %, us", "GFLOP/s", options.peak ? "  of peak" : "", "MB");
  for (const Cell& cell : cells) {
    if (cell.speeds.empty()) continue;
    const Spread speed = spread_of(cell.speeds);
    const double flops = speed.median * cell.flops;
    apps::say("{:<9}{:>6}{:>8}  {:<6}{:>11.0f}{:>22}{:>12.1f}{:>12.1f}{:>9.2f}{}{:>9.2f}\n", cell.what->name, cell.batch,
              cell.threads, cell.train ? "train" : "infer", speed.median, range(speed, 0), 1e6 * cell.batch / speed.median,
              1e6 * spread_of(cell.slow).median, 1e-9 * flops,
              options.peak ? fmt::format("{:>7.1f} %", 100 * flops / peaks[cell.threads]) : "",
              1e-6 * static_cast<double>(cell.bytes));
  }
  for (const auto& [threads, peak] : peaks)
    apps::say("peak of multiply-adds on {} thread{}: {:.0f} GFLOP/s\n", threads, threads == 1 ? "" : "s", 1e-9 * peak);
  apps::say("MB: weights, gradients, moments and the plan's memory. All of this process at its largest: {:.0f} MB\n",
            peak_memory() * 1.048576);
}

void measure(const Options& options, std::vector<Cell>& cells) {
  for (int round = 0; round < options.rounds; ++round)
    for (Cell& cell : cells) {
      if (apps::stopped()) return;
      if (cell.train)
        measure_cell<Training>(options.protocol, cell);
      else
        measure_cell<Inference>(options.protocol, cell);
    }
}

}  // namespace

void print_speeds(const Options& options) {
  std::vector<Cell> cells = cells_of(options);
  apps::begin();
  try {
    measure(options, cells);
  } catch (...) {
    if (!cells.front().speeds.empty()) print_cells(options, cells);
    throw;
  }
  print_cells(options, cells);
}

}  // namespace benchmark
