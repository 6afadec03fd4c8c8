#include "apps/common/heading.h"

#include <string>

#include "apps/common/console.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace apps {

void print_heading(int threads) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  say("Cambium {}, {} build, {}, {}, {}\n", CAMBIUM_VERSION, build, cambium::name(cambium::best_isa()), cambium::blas_description(),
      counted(threads > 0 ? threads : cambium::available_processors(), "thread"));
  if (!build.starts_with("Rel") || build.find("sanitizers") != build.npos)
    warn(fmt::format(
        "\n  *** This is a {} build and runs many times slower than it could. For speed: cmake --preset release ***\n\n",
        build.empty() ? "nameless" : build));
  if (const std::string reason = cambium::blas_warning(); !reason.empty())
    warn("warning: results may depend on the number of threads: " + reason + '\n');
}

}  // namespace apps
