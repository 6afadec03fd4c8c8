#include "apps/benchmark/startup.h"

#include <fmt/format.h>
#include <stdio.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/benchmark/spread.h"
#include "apps/benchmark/workloads.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

// What the program says in its line; empty when it was interrupted. The shell finds it without being told its path, which may hold
// anything.
nlohmann::json start(const std::string& arguments) {
  setenv("BENCH_T0", fmt::format("{:.6f}", now()).c_str(), 1);
  FILE* pipe = popen(("exec /proc/$PPID/exe " + arguments).c_str(), "r");
  if (pipe == nullptr) throw cambium::Error("no process can be started", "--bench-line --mode startup by hand");
  std::string text;
  for (char part[256]; fgets(part, sizeof part, pipe) != nullptr;) text += part;
  const int status = pclose(pipe);
  if (apps::stopped()) return {};
  if (status != 0 || text.empty()) throw cambium::Error("benchmark " + arguments + " failed", "it by hand");
  return nlohmann::json::parse(text);
}

void print_startup(const Options& options, const std::string& what, int batch, int threads) {
  std::vector<double> seconds, memory;
  for (int round = 0; round < options.rounds && !apps::stopped(); ++round) {
    const nlohmann::json line =
        start(fmt::format("--bench-line --mode startup --workload {} --batch {} --threads {}", what, batch, threads));
    if (apps::stopped()) break;
    seconds.push_back(line.at("first_step_s"));
    memory.push_back(line.at("peak_rss_mb"));
  }
  if (seconds.empty()) return;
  const Spread spread = spread_of(seconds);
  apps::say("{:<9}{:>6}{:>8}{:>16.4f}{:>24}{:>10.0f}\n", what, batch, threads, spread.median, range(spread, 4),
            spread_of(memory).median * 1.048576);
}

}  // namespace

void print_startups(const Options& options) {
  for (const std::string& what : options.workloads)
    for (const int batch : options.batches) workload(what).model().check(batch, cambium::Mode::train);
  apps::begin();
  apps::say("From the start of the process to the first trained batch, in {} processes each\n\n{:<9}{:>6}{:>8}{:>16}{:>24}{:>10}\n",
            options.rounds, "workload", "batch", "threads", "seconds, median", "(least .. most)", "peak, MB");
  for (const std::string& what : options.workloads)
    for (const int batch : options.batches)
      for (const int threads : options.threads)
        if (!apps::stopped()) print_startup(options, what, batch, threads);
}

}  // namespace benchmark
