#include "apps/train/report.h"

#include <fmt/format.h>

#include <string>

#include "apps/common/console.h"
#include "apps/train/progress.h"
#include "apps/train/progress_line.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace train {

void print_start(int threads) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  const int count = threads > 0 ? threads : cambium::available_processors();
  apps::say("Cambium {}, {} build, {}, {}, {} thread{}\n", CAMBIUM_VERSION, build, cambium::name(cambium::best_isa()),
            cambium::blas_description(), count, count == 1 ? "" : "s");
  if (build.rfind("Rel", 0) != 0 || build.find("sanitizers") != build.npos)
    apps::warn(fmt::format(
        "\n  *** This is a {} build and runs many times slower than it could. For speed: cmake --preset release ***\n\n",
        build.empty() ? "nameless" : build));
  if (const std::string reason = cambium::blas_warning(); !reason.empty())
    apps::warn("warning: results may depend on the number of threads: " + reason + '\n');
}

void print_task(const Options& options, const cambium::Dataset& training, cambium::Trainer& trainer) {
  const cambium::models::Recipe& r = options.recipe;
  const std::string shifted = fmt::format(", shifted by up to {} pixel{}", options.augment, options.augment == 1 ? "" : "s");
  apps::say("{}: {}{}\n", options.data, training.describe(), options.augment > 0 ? shifted : "");
  apps::say("{}: {} parameters, {}, {} schedule, batch {}, seed {}\n", r.name, trainer.weights().parameters(),
            trainer.optimizer().describe().kind + " at " + cambium::text_of(r.rate), r.schedule, r.batch, options.seed);
  if (options.load.empty()) return;
  if (r.epochs == 0)
    apps::say("weights of {}, tested as they are\n", cambium::shown(options.load));
  else
    apps::say("weights of {}, trained for {} more epoch{}; --epochs 0 only tests them\n", cambium::shown(options.load), r.epochs,
              r.epochs == 1 ? "" : "s");
}

void print_result(const cambium::Metrics& test, double epochs, double seconds) {
  apps::say("test accuracy {} (loss {}) after {} epoch{}, {:.1f} s\n", accuracy(test), loss_text(test.loss), epochs_text(epochs),
            epochs == 1 ? "" : "s", seconds);
}

}  // namespace train
