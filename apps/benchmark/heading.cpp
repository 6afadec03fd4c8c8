#include "apps/benchmark/heading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "cambium/framework/base/parallel.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace benchmark {

void print_heading(const Options& options) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  fmt::print("Cambium {}, {} build, {}, {}\n", CAMBIUM_VERSION, build, cambium::name(cambium::best_isa()),
             cambium::blas_description());
  std::fflush(stdout);
  if (build != "Release") fmt::print(stderr, "warning: the times of this build say nothing; for speed: cmake --preset release\n");
  const int threads = *std::max_element(options.threads.begin(), options.threads.end());
  if (threads > cambium::available_processors())
    fmt::print(stderr, "warning: {} threads on {} processors\n", threads, cambium::available_processors());
}

}  // namespace benchmark
