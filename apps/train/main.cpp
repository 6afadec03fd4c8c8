// Trains a model on a data set, and says how well it does on what it has not seen.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/augments.h"
#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/error_bars.h"
#include "apps/common/heading.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "apps/common/test.h"
#include "apps/train/checks.h"
#include "apps/train/data.h"
#include "apps/train/destination.h"
#include "apps/train/followers.h"
#include "apps/train/input_scale.h"
#include "apps/train/log.h"
#include "apps/train/options.h"
#include "apps/train/progress.h"
#include "apps/train/record.h"
#include "apps/train/report.h"
#include "apps/train/run_folder.h"
#include "apps/train/run_words.h"
#include "apps/train/small_set.h"
#include "apps/train/straight_line.h"
#include "apps/train/task.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/balanced.h"
#include "cambium/framework/data/subset.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/run_notes.h"
#include "cambium/framework/training/trainer.h"

namespace {
using namespace cambium;
using train::Options;

// All that stays the same once the training begins.
struct Training {
  const Options& options;
  const apps::Words& words;  // that said them
  const train::Data& data;
  Trainer& trainer;
  const apps::ModelDescription& description;
  train::Record& record;
  train::Followers& followers;
  apps::Scale scale;
  const Dataset& calibration;  // what error bars are fitted to: the validation part, else the training set
};

FitOptions fit_options(const Training& of, const Dataset* validate, train::Progress& progress, train::Log& log) {
  const Options& options = of.options;
  FitOptions fit{.epochs = options.recipe.epochs, .validate = validate};
  fit.augment = apps::augments_of("--augment", options.augment);
  fit.memory_limit = static_cast<std::size_t>(options.memory_limit * 1e9);
  fit.on_nan = options.on_nan == "skip" ? OnNan::skip : options.on_nan == "rollback" ? OnNan::rollback : OnNan::stop;
  fit.on_warning = [&](const Error& warning) {
    const std::string said = apps::at_command_line(warning);
    apps::complain("warning: " + said);
    log.warn(said);
  };
  fit.on_step = [&](StepReport& report) {
    progress.step(report);
    of.record.epochs(progress.epochs());
    report.stop = apps::stopped();
  };
  fit.on_epoch = [&](EpochReport& report) {
    progress.epoch(report);
    of.record.epoch(report);
    log.epoch(report);
    of.followers.epoch(report);
    report.stop = apps::stopped();
  };
  return fit;
}

// What the program keeps with the training: the model, how it came to be, the command, and how far the log is.
class Notes final : public RunNotes {
 public:
  Notes(const Training& of, train::Log& log) : of_(of), log_(log) {}
  void write(std::vector<WeightsNote>& notes) override {
    for (WeightsNote& note : apps::notes_of(of_.description)) notes.push_back(std::move(note));
    notes.push_back(of_.record.note()), notes.push_back(train::note_of(of_.words)), notes.push_back(log_.note());
    of_.followers.write(notes);
  }
  void read(const std::string& path, std::span<const WeightsNote> notes) override {
    if (!of_.options.quiet) apps::say("going on from {}\n", path);
    of_.record.go_on_from(notes);
    log_.go_on_from(notes);
    of_.followers.go_on_from(notes);  // which may need the log
  }

 private:
  const Training& of_;
  train::Log& log_;
};

Checkpoints checkpoints(const Options& options, Notes& notes) {
  Checkpoints how{.folder = options.out, .resume = options.resume, .every_epochs = options.checkpoint_epochs};
  how.every_steps = options.checkpoint_steps, how.every_seconds = options.checkpoint_seconds, how.keep = options.keep;
  how.notes = &notes;
  return how;
}

double error_bars_of(const Training& of) { return of.options.error_bars ? apps::error_bar_factor(of.trainer, of.calibration) : 1; }

// A disk that has no room for the weights does not take the result too.
bool save(const Training& of, double error_bar_factor, const std::string& path) {
  if (path.empty()) return true;
  try {
    apps::ModelDescription description = of.description;
    description.error_bar_factor = error_bar_factor;
    std::vector<WeightsNote> notes = apps::notes_of(description);
    notes.push_back(of.record.note());
    save_weights(of.trainer.weights(), path, notes);
    return true;
  } catch (const std::exception& error) {
    apps::lose((of.options.save.empty() ? "--out: " : "--save: ") + apps::at_command_line(error));
    return false;
  }
}

// When a training breaks after its best epoch, the weights of that one are back, and are saved; and so are those of the last step
// when memory runs out.
History fit(const Training& of, const Dataset& training, const Dataset* validate, train::Progress& progress, train::Log& log) {
  Trainer& trainer = of.trainer;
  const std::uint64_t untrained = trainer.weights().version();
  FitOptions how = fit_options(of, validate, progress, log);
  if (of.options.balanced) how.sampling = balanced(training);
  Notes notes(of, log);
  if (!of.options.out.empty()) how.checkpoints = checkpoints(of.options, notes);
  if (!of.options.quiet) apps::say("memory {}\n", trainer.memory_needed(training, how).str());
  try {
    return trainer.fit(training, std::move(how));
  } catch (const Error& error) {
    if (trainer.weights().version() != of.record.best() || of.options.save.empty()) throw;
    of.record.back_to_best();
    if (!save(of, error_bars_of(of), of.options.save)) throw;
    throw Error(error.problem() + "; they are saved", error.remedy());
  } catch (const std::bad_alloc&) {
    if (trainer.weights().version() == untrained) throw;
    const train::Destination to = train::destination(of.options, progress.epochs());
    if (save(of, 1, to.path)) print(to, of.options.quiet);
    throw;
  }
}

// Of a training that is over, or that a signal has ended before its last epoch.
train::Destination destination(const Training& of, const History& history, double epochs) {
  const bool interrupted = history.interrupted && epochs < of.options.recipe.epochs;
  return train::destination(of.options, interrupted ? std::optional(epochs) : std::nullopt);
}

// What the training made is saved before anything else, unless it is worth nothing. Returns the exit code.
int finish(const Training& of, const Dataset& training, const History& history, double epochs, train::Log& log) {
  train::check_result(of.trainer, of.data);
  const double error_bar_factor = error_bars_of(of);
  const train::Destination to = destination(of, history, epochs);
  const bool saved = save(of, error_bar_factor, to.path);
  apps::Test test{of.trainer, *of.data.test, of.scale, of.options.worst};
  if (of.options.error_bars) test.error_bar_factor = error_bar_factor;
  const Metrics metrics = apps::metrics_of(test);
  of.record.test(metrics);
  if (saved && !save(of, error_bar_factor, to.path))  // once more, with what it is worth
    apps::complain("the weights are saved, and what the test has found is not in their file");
  log.end(of.options, metrics, history, epochs);
  const std::string result = train::result_of(metrics, epochs, history.seconds);
  of.followers.end(metrics, epochs, result, history.interrupted);
  if (saved) print(to, of.options.quiet);  // before what evaluate says too, word for word
  if (!of.options.quiet) apps::write(train::other_weights(of.options, history, epochs));
  if (!of.options.quiet) apps::print_classes(metrics, *of.data.test);
  apps::print_mistakes(test);
  apps::say("{}\n", result);
  if (!of.options.quiet) {
    apps::warn(train::advice_of(of.options, {of.trainer, training, history, metrics}));
    if (!apps::stopped()) apps::warn(train::beaten_by_straight_line(of.options, of.data, training, metrics));
  }
  if (!std::isfinite(metrics.loss)) throw train::not_finite("the loss on the test samples", epochs > 0);
  if (!saved) return 1;
  return apps::exit_code();
}

// A signal came, and all that the training goes on by is in its folder. Returns the exit code.
int cut(const Training& of, const History& history, double epochs) {
  if (history.checkpoint_missing) {
    if (of.options.save.empty()) save(of, error_bars_of(of), train::destination(of.options).path);
    apps::lose("--out: the last checkpoint could not be written, and what came after the one before it is lost to --resume");
  }
  const train::Destination to = of.options.save.empty() ? train::Destination{} : destination(of, history, epochs);
  const bool saved = to.path.empty() || save(of, error_bars_of(of), to.path);
  of.followers.cut("stopped, and --resume goes on");
  if (saved) print(to, of.options.quiet);
  apps::say("{}; to go on: {}\n", train::interrupted(of.options, epochs), train::line_to_resume(of.options));
  return saved && !history.checkpoint_missing ? apps::exit_code() : 1;
}

int train_and_test(const Training& of, const Dataset& training, const Dataset* validate, train::Log& log) {
  apps::catch_signals();
  train::Progress progress(!of.options.quiet);
  const std::uint64_t untrained = of.trainer.weights().version();
  try {
    History history;
    if (of.options.recipe.epochs != 0) history = fit(of, training, validate, progress, log);
    if (history.passed_over)
      throw Error("--resume: what is in " + of.options.out + " is of a training that this program does not know", "another --out");
    apps::begin();
    const double epochs = std::max(progress.epochs(), history.resumed_after);
    if (history.resumed_after >= of.options.recipe.epochs && !of.options.quiet && of.options.recipe.epochs > 0)
      apps::say("all {} were trained before; --resume with more --epochs goes on\n",
                apps::counted(of.options.recipe.epochs, "epoch"));
    of.record.epochs(epochs);
    if (apps::stopped() && !of.options.out.empty()) return cut(of, history, epochs);
    return finish(of, training, history, epochs, log);
  } catch (const std::exception& error) {
    if (of.trainer.weights().version() != untrained) apps::begin();  // what fit finds out before it moves them does not break it
    if (apps::begun())
      log.failed(apps::at_command_line(error)), of.followers.cut("ended by an error: " + apps::at_command_line(error));
    throw;
  }
}

int run(const train::Given& given, const apps::Words& words) {
  if (!given.options.quiet) apps::print_heading(given.options.threads);
  train::make_folder(given.options);
  train::Log log(given.options);
  train::check_files(given.options);
  train::Data data = train::load_data(given.options);
  Options options = train::complete(given, data.model);
  train::check_task(options, data);
  const apps::Scale scale = train::scale_targets(data);
  std::optional<TrainAndValidation> parts;
  if (options.validate.any()) parts = train::put_aside(data.train, options.validate.of(data.train->size()), options.seed);
  const Dataset& training = parts ? static_cast<const Dataset&>(parts->train) : *data.train;
  const Dataset* const validate = parts ? &parts->validation : nullptr;
  train::suit_set(given, training.size(), options);

  const models::Recipe& recipe = options.recipe;
  Trainer trainer(train::model_for(options, data), apps::losses_for(data.has_classes(), options.error_bars),
                  models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule),
                  {.batch = recipe.batch, .seed = options.seed, .threads = options.threads});
  const bool goes_on = options.resume && !checkpoints_in(options.out).empty();  // from one of them, which has all that it takes
  if (!options.load.empty() && !goes_on) load_weights(trainer.weights(), options.load);
  if (recipe.epochs != 0) {
    train::check_augment(options, data.input());
    train::check_batches(options, trainer.graph(), training.size());
    train::check_steps(options, trainer.weights(), training.size());
  }
  if (recipe.epochs != 0 && options.load.empty() && !goes_on) train::look_at_scale(options, data, training, trainer.graph());
  if (!options.quiet) train::print_task(options, data, training, trainer, goes_on);
  if (recipe.epochs == 0 || validate) train::check_start(trainer, data);
  const apps::ModelDescription description = train::description_of(options, data, trainer.graph(), scale);
  train::Record record(options, data, training, validate, trainer, scale.deviation);
  train::Followers followers({options, words, data, training, validate, trainer, scale});
  return train_and_test({options, words, data, trainer, description, record, followers, scale, validate ? *validate : training},
                        training, validate, log);
}

int read_and_run(const apps::Words& said) {
  const apps::Words words = train::words_of_run(said);
  const std::optional<train::Given> given = train::read_options(words);
  return given ? run(*given, words) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("train", argc, argv, read_and_run); }
