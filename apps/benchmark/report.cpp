#include "apps/benchmark/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "apps/benchmark/workloads.h"
#include "cambium/framework/base/parallel.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace benchmark {
namespace {

struct Spread {
  double least, median, most;
};

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {values.front(), (values[n / 2] + values[(n - 1) / 2]) / 2, values.back()};
}

template <class Function>
Spread spread_over(std::size_t rounds, Function&& value) {
  std::vector<double> values;
  for (std::size_t round = 0; round < rounds; ++round) values.push_back(value(round));
  return spread_of(values);
}

}  // namespace

void print_start(const Options& options) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  const Workload& what = workload(options.workload);
  fmt::print("Cambium {}, {} build, {}, {}\n{}: {}; batch {}, {} thread{}, {} round{}\n", CAMBIUM_VERSION, build,
             cambium::name(cambium::best_isa()), cambium::blas_description(), what.name, what.about, options.batch, options.threads,
             options.threads == 1 ? "" : "s", options.rounds, options.rounds == 1 ? "" : "s");
  std::fflush(stdout);
  if (build != "Release") fmt::print(stderr, "warning: the times of this build say nothing; for speed: cmake --preset release\n");
  if (options.threads > cambium::available_processors())
    fmt::print(stderr, "warning: {} threads on {} processors\n", options.threads, cambium::available_processors());
}

void print_table(const Options& options, const std::vector<Row>& rows) {
  fmt::print("\n{:<16}{:>12}{:>22}{:>12}{:>24}\n", "norm", "samples/s", "(least .. most)", "step, us", "step / " + options.against);
  const std::vector<double>& base = rows.front().steps;
  for (const Row& row : rows) {
    const Spread speed = spread_over(row.steps.size(), [&](std::size_t round) { return options.batch / row.steps[round]; });
    const Spread ratio = spread_over(row.steps.size(), [&](std::size_t round) { return row.steps[round] / base[round]; });
    fmt::print("{:<16}{:>12.0f}{:>22}{:>12.1f}{:>24}\n", row.norm, speed.median,
               fmt::format("({:.0f} .. {:.0f})", speed.least, speed.most), 1e6 * options.batch / speed.median,
               fmt::format("{:.3f} ({:.3f} .. {:.3f})", ratio.median, ratio.least, ratio.most));
  }
}

}  // namespace benchmark
