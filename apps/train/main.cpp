// Trains a model on a data set, and says how well it does on what it has not seen.
#include <fmt/format.h>

#include <exception>
#include <optional>

#include "apps/train/data.h"
#include "apps/train/interrupt.h"
#include "apps/train/log.h"
#include "apps/train/options.h"
#include "apps/train/progress.h"
#include "apps/train/report.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"

namespace {
using namespace cambium;
using train::Options;

FitOptions fit_options(const Options& options, const Dataset* validate, train::Progress& progress, train::Log& log) {
  FitOptions fit{.epochs = options.recipe.epochs, .validate = validate};
  if (options.augment != 0) fit.augment = Shift({.pixels = options.augment});
  fit.on_step = [&](StepReport& report) {
    progress.step(report);
    report.stop = train::interrupted();
  };
  fit.on_epoch = [&](EpochReport& report) {
    progress.epoch(report);
    log.epoch(report);
    report.stop = train::interrupted();
  };
  return fit;
}

int run(const Options& options, train::Progress& progress) {
  progress.show(!options.quiet);
  if (!options.quiet) train::print_start(options.threads);
  const train::Data data = train::load_data(options);
  std::optional<TrainAndValidation> parts;
  if (options.validate != 0) parts = split(data.train, options.validate, options.seed);
  const Dataset& training = parts ? static_cast<const Dataset&>(parts->train) : data.train;

  const models::Recipe& recipe = options.recipe;
  Trainer trainer(recipe.model(data.train.input_shapes()[0], data.train.target_kinds()[0].classes), SoftmaxCrossEntropy(),
                  models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule),
                  {.batch = recipe.batch, .seed = options.seed, .threads = options.threads});
  if (!options.load.empty()) load_weights(trainer.weights(), options.load);
  if (!options.save.empty()) AtomicFile probe(options.save);  // what cannot be written is said now, and not at the end
  train::Log log(options.log);
  if (!options.quiet) train::print_task(options, training, trainer);

  train::catch_interrupts();
  History history;
  if (recipe.epochs != 0 || options.load.empty())
    history = trainer.fit(training, fit_options(options, parts ? &parts->validation : nullptr, progress, log));
  progress.clear();
  const Metrics test = trainer.evaluate(data.test);
  log.end(options, test, history);
  if (!options.save.empty()) save_weights(trainer.weights(), options.save);
  if (!options.quiet) fmt::print("\n{}\n", test.confusion_table(data.test.class_names()));
  train::print_result(test, progress.epochs(), history.seconds);
  return train::interrupted() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  train::Progress progress;
  try {
    const std::optional<Options> options = train::read_options(argc, argv);
    return options ? run(*options, progress) : 0;
  } catch (const std::exception& error) {
    progress.clear();
    train::print_error(error.what());
    return progress.epochs() > 0 ? 1 : 2;  // apps/README.md lists the exit codes
  }
}
