// How fast models are trained and used, what a norm costs, how fast each kernel is, and where the time of a step goes.
#include <optional>

#include "apps/benchmark/heading.h"
#include "apps/benchmark/kernels_table.h"
#include "apps/benchmark/line.h"
#include "apps/benchmark/norms_table.h"
#include "apps/benchmark/options.h"
#include "apps/benchmark/profile_table.h"
#include "apps/benchmark/startup.h"
#include "apps/benchmark/table.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/environment.h"

namespace {

using namespace benchmark;

int measure(const Options& options) {
  cambium::check_environment();
  if (options.task == Task::line) {
    print_lines(options);
    return 0;
  }
  apps::catch_signals();
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
  return apps::exit_code();
}

int run(int argc, char** argv) {
  const std::optional<Options> options = read_options(argc, argv);
  return options ? measure(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("benchmark", argc, argv, run); }
