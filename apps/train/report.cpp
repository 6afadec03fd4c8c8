#include "apps/train/report.h"

#include <fmt/format.h>

#include <string>

#include "apps/common/console.h"
#include "apps/train/progress.h"
#include "apps/train/progress_line.h"
#include "cambium/framework/base/text.h"

namespace train {

void print_task(const Options& options, const cambium::Dataset& training, cambium::Trainer& trainer) {
  const cambium::models::Recipe& r = options.recipe;
  const std::string shifted = options.augment > 0 ? ", shifted by up to " + apps::counted(options.augment, "pixel") : "";
  apps::say("{}: {}{}\n", options.data, training.describe(), shifted);
  apps::say("{}: {} parameters, {}, {} schedule, batch {}, seed {}\n", r.name, trainer.weights().parameters(),
            trainer.optimizer().describe().kind + " at " + cambium::text_of(r.rate), r.schedule, r.batch, options.seed);
  if (options.load.empty()) return;
  if (r.epochs == 0)
    apps::say("weights of {}, tested as they are\n", cambium::shown(options.load));
  else
    apps::say("weights of {}, trained for {}; --epochs 0 only tests them\n", cambium::shown(options.load),
              apps::counted(r.epochs, "more epoch"));
}

void print_result(const cambium::Metrics& test, double epochs, double seconds) {
  apps::say("test accuracy {} (loss {}) after {} epoch{}, {:.1f} s\n", accuracy(test), loss_text(test.loss), epochs_text(epochs),
            epochs == 1 ? "" : "s", seconds);
}

}  // namespace train
