// How long a program takes from its start to the first trained batch.
#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

struct StartupOptions {
  Cells cells{{"W1", "W2", "W3", "W4", "W5", "W6"}};
  int rounds = 20;
};

// What the program says in its line; empty when it was interrupted. The shell finds it without being told its path, which may hold
// anything.
nlohmann::json start(const std::string& arguments) {
  setenv("BENCH_T0", fmt::format("{:.6f}", now()).c_str(), 1);
  FILE* pipe = popen(("exec /proc/$PPID/exe " + arguments).c_str(), "r");
  if (pipe == nullptr) throw cambium::Error("no process can be started", "benchmark line --mode startup by hand");
  std::string text;
  for (char part[256]; fgets(part, sizeof part, pipe) != nullptr;) text += part;
  const int status = pclose(pipe);
  if (apps::stopped()) return {};
  if (status != 0 || text.empty()) throw cambium::Error("benchmark " + arguments + " failed", "it by hand");
  return nlohmann::json::parse(text);
}

// A process for every measurement, since a process starts but once.
void print_startup(const Cell& cell, int rounds) {
  std::vector<double> seconds, memory;
  for (int round = 0; round < rounds && !apps::stopped(); ++round) {
    const nlohmann::json line =
        start(fmt::format("line --mode startup --workload {} --batch {} --threads {}", cell.workload, cell.batch, cell.threads));
    if (apps::stopped()) break;
    seconds.push_back(line.at("first_step_s"));
    memory.push_back(line.at("peak_rss_mb"));
  }
  if (seconds.empty()) return;
  const Spread spread(seconds);
  apps::say("{:<9}{:>6}{:>8}{:>16.4f}{:>24}{:>10.0f}\n", cell.workload, cell.batch, cell.threads, spread.median(), spread.range(4),
            Spread(memory).median() * 1.048576);
}

void print_startups(const StartupOptions& options) {
  const Cells& cells = options.cells;
  print_start(*std::max_element(cells.threads.begin(), cells.threads.end()));
  for (const std::string& name : cells.workloads)
    for (const int batch : cells.batches) workload(name).model().check(batch, cambium::Mode::train);
  apps::begin();
  apps::say("From the start of the process to the first trained batch, in {} processes each\n\n{:<9}{:>6}{:>8}{:>16}{:>24}{:>10}\n",
            options.rounds, "workload", "batch", "threads", "seconds, median", "(least .. most)", "peak, MB");
  for (const std::string& name : cells.workloads)
    for (const int batch : cells.batches)
      for (const int threads : cells.threads)
        if (!apps::stopped()) print_startup({name, batch, threads}, options.rounds);
}

}  // namespace

Run declare_startup(CLI::App& app) {
  const auto options = std::make_shared<StartupOptions>();
  add_cells(app, options->cells);
  add_rounds(app, options->rounds);
  return [options] { print_startups(*options); };
}

}  // namespace benchmark
