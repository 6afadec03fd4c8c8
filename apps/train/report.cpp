#include "apps/train/report.h"

#include <fmt/format.h>

#include <string>

#include "apps/common/augments.h"
#include "apps/common/console.h"
#include "apps/train/progress.h"
#include "apps/train/progress_line.h"
#include "cambium/framework/base/text.h"

namespace train {

void print_task(const Options& options, const Data& data, const cambium::Dataset& training, cambium::Trainer& trainer) {
  const cambium::models::Recipe& r = options.recipe;
  const cambium::Augments augments = apps::augments_of("--augment", options.augment);
  const std::string changed = augments.empty() && !augments.mixup() ? "" : ", changed by " + augments.str();
  apps::say("{}: {}{}\n", cambium::shown(options.data), training.describe(), changed);
  if (!data.note.empty()) apps::say("{}\n", data.note);
  apps::say("{}: {} parameters, {}, {} schedule, batch {}, seed {}\n", r.name, trainer.weights().parameters(),
            trainer.optimizer().describe().kind + " at " + cambium::text_of(r.rate), r.schedule, r.batch, options.seed);
  if (options.load.empty()) return;
  if (r.epochs == 0)
    apps::say("weights of {}, tested as they are\n", cambium::shown(options.load));
  else
    apps::say("weights of {}, trained for {}; --epochs 0 only tests them\n", cambium::shown(options.load),
              apps::counted(r.epochs, "more epoch"));
}

void print_details(const Options&, const cambium::Metrics& test, const Data& data) {
  constexpr int most = 20;  // columns of a table that one can read
  if (test.classes == 0) return;
  const std::vector<std::string> names = data.test->class_names();
  if (test.classes <= most) apps::say("\n{}", test.confusion_table(names));
  apps::say("\n{}\n", test.class_table(names));
}

void print_result(const cambium::Metrics& test, double epochs, double seconds) {
  if (test.classes == 0) {
    apps::say("test R2 {:.4f} (MAE {:.6g}, RMSE {:.6g}, loss {}) after {} epoch{}, {:.1f} s\n", test.r2, test.mean_absolute_error,
              test.root_mean_squared_error, loss_text(test.loss), epochs_text(epochs), epochs == 1 ? "" : "s", seconds);
    return;
  }
  apps::say("test accuracy {} (loss {}) after {} epoch{}, {:.1f} s\n", accuracy(test), loss_text(test.loss), epochs_text(epochs),
            epochs == 1 ? "" : "s", seconds);
}

}  // namespace train
