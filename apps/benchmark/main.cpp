// Times training steps of a model with one norm and another, all in the same run.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <vector>

#include "apps/benchmark/options.h"
#include "apps/benchmark/report.h"
#include "apps/benchmark/training.h"
#include "cambium/framework/base/error.h"

namespace {

using namespace benchmark;

// Rows for the norms that can be trained in such batches. Of `all`, the others are named with the reason; asked for by name, such a
// norm is an Error.
std::vector<Row> start_rows(const Options& options) {
  std::vector<Row> rows;
  for (const std::string& name : options.norms) {
    const Workload& what = workload(options.workload);
    try {
      what.model(what, norm(name)).check(options.batch, cambium::Mode::train);
    } catch (const cambium::Error& error) {
      if (!options.all || name == options.against) throw;
      fmt::print("{} is left out: {}\n", name, error.problem());
      continue;
    }
    rows.push_back({name, {}});
  }
  return rows;
}

void run(const Options& options) {
  std::vector<Row> rows = start_rows(options);
  print_start(options);
  for (int round = 0; round < options.rounds; ++round)
    for (Row& row : rows) {
      Training training(workload(options.workload), norm(row.norm), options.batch, options.threads);
      row.steps.push_back(median_step(training, {}));
    }
  print_table(options, rows);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const std::optional<Options> options = read_options(argc, argv)) run(*options);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark: {}\n", error.what());
    return 2;
  }
}
