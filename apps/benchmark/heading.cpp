#include "apps/benchmark/heading.h"

#include <algorithm>
#include <string>

#include "apps/common/console.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace benchmark {

void print_heading(const Options& options) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  apps::say("Cambium {}, {} build, {}, {}\n", CAMBIUM_VERSION, build, cambium::name(cambium::best_isa()),
            cambium::blas_description());
  if (build != "Release") apps::warn("warning: the times of this build say nothing; for speed: cmake --preset release\n");
  const int threads = *std::max_element(options.threads.begin(), options.threads.end());
  if (threads > cambium::available_processors())
    apps::warn(fmt::format("warning: {} threads on {} processors\n", threads, cambium::available_processors()));
  const cambium::ThreadPool probe(threads);  // throws where the system lets fewer run
}

}  // namespace benchmark
