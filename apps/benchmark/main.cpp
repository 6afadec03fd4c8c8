// How fast models are trained and used, what a norm costs, how fast each kernel is, and where the time of a step goes.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "apps/benchmark/heading.h"
#include "apps/benchmark/interrupt.h"
#include "apps/benchmark/kernels_table.h"
#include "apps/benchmark/line.h"
#include "apps/benchmark/norms_table.h"
#include "apps/benchmark/options.h"
#include "apps/benchmark/profile_table.h"
#include "apps/benchmark/startup.h"
#include "apps/benchmark/table.h"

namespace {

using namespace benchmark;

int run(const Options& options) {
  if (options.task == Task::line) {
    print_lines(options);
    return 0;
  }
  catch_interrupts();
  print_heading(options);
  if (options.task == Task::norms)
    compare_norms(options);
  else if (options.task == Task::profile)
    print_profile(options);
  else if (options.task == Task::kernels)
    print_kernels(options);
  else if (options.mode == "startup")
    print_startups(options);
  else
    print_speeds(options);
  return interrupted() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::optional<Options> options = read_options(argc, argv);
    return options ? run(*options) : 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark: {}\n", error.what());
    return 2;
  }
}
