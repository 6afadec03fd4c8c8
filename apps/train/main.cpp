// Trains a model on a data set, and says how well it does on what it has not seen.
#include <cmath>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/heading.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "apps/train/checks.h"
#include "apps/train/data.h"
#include "apps/train/log.h"
#include "apps/train/options.h"
#include "apps/train/progress.h"
#include "apps/train/report.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"

namespace {
using namespace cambium;
using train::Options;

FitOptions fit_options(const Options& options, const Dataset* validate, train::Progress& progress, train::Log& log) {
  FitOptions fit{.epochs = options.recipe.epochs, .validate = validate};
  if (options.augment != 0) fit.augment = Shift({.pixels = options.augment});
  fit.on_warning = [&](const Error& warning) {
    const std::string said = apps::at_command_line(warning);
    apps::complain("warning: " + said);
    log.warn(said);
  };
  fit.on_step = [&](StepReport& report) {
    progress.step(report);
    report.stop = apps::stopped();
  };
  fit.on_epoch = [&](EpochReport& report) {
    progress.epoch(report);
    log.epoch(report);
    report.stop = apps::stopped();
  };
  return fit;
}

// A disk that has no room for the weights does not take the result too.
bool save(const Options& options, Trainer& trainer) {
  if (options.save.empty()) return true;
  try {
    save_weights(trainer.weights(), options.save);
    return true;
  } catch (const std::exception& error) {
    apps::lose("--save: " + apps::at_command_line(error));
    return false;
  }
}

// When a training breaks after its best epoch, the weights of that one are back, and are saved; and so are those of the last step
// when memory runs out.
History fit(const Options& options, Trainer& trainer, const Dataset& training, const Dataset* validate, train::Progress& progress,
            train::Log& log) {
  const std::uint64_t untrained = trainer.weights().version();
  std::optional<std::uint64_t> best;
  FitOptions how = fit_options(options, validate, progress, log);
  how.on_epoch = [&, tell = how.on_epoch](EpochReport& report) {
    if (report.best) best = trainer.weights().version();
    tell(report);
  };
  try {
    return trainer.fit(training, std::move(how));
  } catch (const Error& error) {
    if (trainer.weights().version() != best || options.save.empty() || !save(options, trainer)) throw;
    throw Error(error.problem() + "; they are saved", error.remedy());
  } catch (const std::bad_alloc&) {
    if (trainer.weights().version() != untrained) save(options, trainer);
    throw;
  }
}

// What the training made is saved before anything else, unless it is worth nothing. Returns the exit code.
int finish(const Options& options, Trainer& trainer, const train::Data& data, const History& history, double epochs,
           train::Log& log) {
  train::check_result(trainer, data.train);
  const bool saved = save(options, trainer);
  const Metrics test = trainer.evaluate(data.test);
  log.end(options, test, history, epochs);
  if (!options.quiet) apps::say("\n{}\n", test.confusion_table(data.test.class_names()));
  train::print_result(test, epochs, history.seconds);
  if (!std::isfinite(test.loss)) throw train::not_finite("the loss on the test images", epochs > 0);
  if (!saved) return 1;
  return apps::exit_code();
}

int run(const Options& options) {
  if (!options.quiet) apps::print_heading(options.threads);
  train::Log log(options.log);
  train::check_files(options);
  const train::Data data = train::load_data(options);
  std::optional<TrainAndValidation> parts;
  if (options.validate != 0) parts = split(data.train, options.validate, options.seed);
  const Dataset& training = parts ? static_cast<const Dataset&>(parts->train) : data.train;
  const Dataset* const validate = parts ? &parts->validation : nullptr;

  const models::Recipe& recipe = options.recipe;
  Trainer trainer(train::model_for(recipe, data), SoftmaxCrossEntropy(),
                  models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule),
                  {.batch = recipe.batch, .seed = options.seed, .threads = options.threads});
  if (!options.load.empty()) load_weights(trainer.weights(), options.load);
  if (recipe.epochs != 0) {
    if (options.augment != 0) train::check_augment(options, training.input_shapes()[0]);
    train::check_batches(options, trainer.graph(), training.size());
    train::check_steps(options, trainer.weights(), training.size());
  }
  if (!options.quiet) train::print_task(options, training, trainer);
  if (recipe.epochs == 0 || validate) train::check_start(trainer, data.train);

  apps::catch_signals();
  train::Progress progress(!options.quiet);
  const std::uint64_t untrained = trainer.weights().version();
  try {
    History history;
    if (recipe.epochs != 0) history = fit(options, trainer, training, validate, progress, log);
    apps::begin();
    return finish(options, trainer, data, history, progress.epochs(), log);
  } catch (const std::exception& error) {
    if (trainer.weights().version() != untrained) apps::begin();  // what fit finds out before it moves them is not what breaks it
    if (apps::begun()) log.failed(apps::at_command_line(error));
    throw;
  }
}

int read_and_run(const apps::Words& words) {
  const std::optional<Options> options = train::read_options(words);
  return options ? run(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("train", argc, argv, read_and_run); }
