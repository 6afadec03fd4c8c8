#include "apps/train/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cfloat>
#include <climits>
#include <vector>

#include "apps/common/command_line.h"
#include "apps/train/data.h"
#include "apps/train/presets.h"
#include "cambium/framework/base/error.h"
#include "cambium/models/table.h"

namespace train {
namespace {

using cambium::Error;
using cambium::models::Recipe;

// Options that come before the preset and the recipe of its model.
struct Given {
  std::optional<int> epochs, batch;
  std::optional<std::string> preset, model, optimizer, schedule;
  std::optional<double> rate;
};

std::string footer() {
  std::string text = "Models, and what they are trained with unless you say otherwise:\n";
  for (const Recipe& r : cambium::models::recipes())
    text +=
        fmt::format("  {:<12} {:<72} {} epoch{} batch {:<3} {} at {}, {}\n", r.name, r.about, r.epochs, r.epochs == 1 ? ", " : "s,",
                    fmt::format("{},", r.batch), r.optimizer, cambium::text_of(r.rate), r.schedule);
  text += "\nPresets, and the options that they stand for unless you say otherwise:\n";
  for (const Preset& p : presets())
    text += fmt::format("  {:<12} {:<72} --model {} --augment={}\n", p.name, p.about, p.model, p.augment);
  return text +
         "\nExamples:\n"
         "  train                                            a small convolutional network, on digits that the program draws\n"
         "  train --model online_mlp                         learns from one sample at a time\n"
         "  train --data mnist --data-dir FOLDER --seed 7    the real thing, from its four files, raw or gzip\n"
         "  train --data mnist --data-dir FOLDER --preset fast\n"
         "  train --data fashion-mnist --data-dir FOLDER --augment --validate 5000 --log run.jsonl\n"
         "Ctrl-C, SIGTERM and SIGHUP end the training after the current step, and what it reached is saved and shown;\n"
         "a second one ends the program at once.";
}

std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

void declare_data(CLI::App& app, Options& options) {
  app.option_defaults()->group("Data");
  app.add_option("--data", options.data, list(data_names()))->option_text("NAME [digits]");
  apps::add_name(app, "--data-dir", options.data_dir, "DIR", "folder with the four files of mnist or fashion-mnist");
  apps::add_number<int>(app, "--augment", options.augment,
                        "shift training images at random by up to N pixels, 2 if not said (0: not at all)", {0, INT_MAX, "2"})
      ->expected(0, 1)
      ->default_str("2")
      ->option_text("[N]");
  apps::add_number<int>(app, "--validate", options.validate, "put N training samples aside and show how the model does on them",
                        {0, INT_MAX, "5000"});
}

void declare_training(CLI::App& app, Options& options, Given& given) {
  app.option_defaults()->group("Model and training");
  app.add_option("--preset", given.preset, "several options by one name: " + list(preset_names()))->option_text("NAME");
  app.add_option("--model", given.model, list(cambium::models::model_names()))->option_text("NAME [conv_bn]");
  apps::add_number<int>(app, "--epochs", given.epochs, "times through the training set; 0 with --load: none, only test");
  apps::add_number<int>(app, "--batch", given.batch, "samples per step", {1, INT_MAX, "64"});
  app.add_option("--optimizer", given.optimizer, list(cambium::models::optimizer_names()))->option_text("NAME");
  apps::add_number<double>(app, "--rate", given.rate, "learning rate");
  app.add_option("--schedule", given.schedule, list(cambium::models::schedule_names()))->option_text("NAME");
  apps::add_number<std::uint64_t>(app, "--seed", options.seed, "of the first weights and the order of samples");
  apps::add_number<int>(app, "--threads", options.threads, "changes the speed, not the result (0: one per processor)",
                        {0, 64, "0 for one per processor"});
}

void declare_files(CLI::App& app, Options& options) {
  app.option_defaults()->group("Files and output");
  apps::add_name(app, "--load", options.load, "FILE.safetensors",
                 "start from these weights and train on (with --epochs 0: only test them)");
  apps::add_name(app, "--save", options.save, "FILE.safetensors",
                 "write the weights when the training ends, also when a signal ends it");
  apps::add_name(app, "--log", options.log, "FILE.jsonl", "write one JSON object per epoch and one at the end");
  app.add_flag("--quiet", options.quiet, "print the last line only");
}

Recipe chosen(const Given& given, const std::string& model) {
  Recipe recipe = cambium::models::recipe(given.model.value_or(model));
  if (given.optimizer && *given.optimizer != recipe.optimizer) recipe.rate = cambium::models::usual_rate(*given.optimizer);
  recipe.optimizer = given.optimizer.value_or(recipe.optimizer);
  recipe.schedule = given.schedule.value_or(recipe.schedule);
  recipe.epochs = given.epochs.value_or(recipe.epochs);
  recipe.batch = given.batch.value_or(recipe.batch);
  recipe.rate = given.rate.value_or(recipe.rate);
  cambium::models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule);  // throws for what does not exist
  return recipe;
}

void check(const Options& options, const Given& given) {
  cambium::models::check_name("data", options.data, data_names());
  apps::check_range<int>("--epochs", given.epochs.value_or(1), {options.load.empty() ? 1 : 0, INT_MAX, "3"});
  const double rate = given.rate.value_or(1);
  if (!(rate > 0 && rate <= DBL_MAX)) throw Error(fmt::format("--rate = {} must be above 0 and finite", rate), "--rate 0.001");
  if (!(rate >= FLT_MIN && rate <= FLT_MAX))
    throw Error(fmt::format("--rate = {} cannot be held in single precision", rate), "--rate 0.001");
}

}  // namespace

std::optional<Options> read_options(const apps::Words& words) {
  Options options;
  Given given;
  CLI::App app("Trains a neural network on images of ten classes, and shows how well it does on images that it has not seen.",
               "train");
  app.get_formatter()->column_width(34);
  app.set_help_flag("--help,-h", "this text")->group("Files and output");
  declare_data(app, options);
  declare_training(app, options, given);
  declare_files(app, options);
  app.footer(footer());
  if (!apps::parse(app, words)) return std::nullopt;
  check(options, given);
  const Preset usual = given.preset ? preset(*given.preset) : Preset{};
  if (app.count("--augment") == 0) options.augment = usual.augment;
  options.recipe = chosen(given, usual.model);
  return options;
}

}  // namespace train
