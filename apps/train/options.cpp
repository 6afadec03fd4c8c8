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

// What the user may want otherwise than the preset and the recipe of its model.
struct Wishes {
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
  const std::string group = "Data";
  app.add_option("--data", options.data, list(data_names()))->option_text("NAME [digits]")->group(group);
  apps::add_name(app, "--data-dir", options.data_dir, "folder with the four files of mnist or fashion-mnist")
      ->option_text("DIR")
      ->group(group);
  apps::add_number<int>(app, "--augment", options.augment,
                        "shift training images at random by up to N pixels, 2 if not said (0: not at all)")
      ->expected(0, 1)
      ->default_str("2")
      ->option_text("[N]")
      ->group(group);
  apps::add_number<int>(app, "--validate", options.validate, "put N training samples aside and show how the model does on them")
      ->option_text("N [0]")
      ->group(group);
}

void declare_training(CLI::App& app, Options& options, Wishes& wishes) {
  const std::string group = "Model and training";
  app.add_option("--preset", wishes.preset, "several options by one name: " + list(preset_names()))
      ->option_text("NAME")
      ->group(group);
  app.add_option("--model", wishes.model, list(cambium::models::model_names()))->option_text("NAME [conv_bn]")->group(group);
  apps::add_number<int>(app, "--epochs", wishes.epochs, "times through the training set; 0 with --load: none, only test")
      ->option_text("N")
      ->group(group);
  apps::add_number<int>(app, "--batch", wishes.batch, "samples per step")->option_text("N")->group(group);
  app.add_option("--optimizer", wishes.optimizer, list(cambium::models::optimizer_names()))->option_text("NAME")->group(group);
  apps::add_number<double>(app, "--rate", wishes.rate, "learning rate")->option_text("NUMBER")->group(group);
  app.add_option("--schedule", wishes.schedule, list(cambium::models::schedule_names()))->option_text("NAME")->group(group);
  apps::add_number<std::uint64_t>(app, "--seed", options.seed, "of the first weights and the order of samples")
      ->option_text("N [1]")
      ->group(group);
  apps::add_number<int>(app, "--threads", options.threads, "changes the speed, not the result (0: one per processor)")
      ->option_text("N [0]")
      ->group(group);
}

void declare_files(CLI::App& app, Options& options) {
  const std::string group = "Files and output";
  apps::add_name(app, "--load", options.load, "start from these weights and train on (with --epochs 0: only test them)")
      ->option_text("FILE.safetensors")
      ->group(group);
  apps::add_name(app, "--save", options.save, "write the weights when the training ends, also when a signal ends it")
      ->option_text("FILE.safetensors")
      ->group(group);
  apps::add_name(app, "--log", options.log, "write one JSON object per epoch and one at the end")
      ->option_text("FILE.jsonl")
      ->group(group);
  app.add_flag("--quiet", options.quiet, "print the last line only")->group(group);
}

Recipe chosen(const Wishes& wishes, const std::string& model) {
  Recipe recipe = cambium::models::recipe(wishes.model.value_or(model));
  if (wishes.optimizer && *wishes.optimizer != recipe.optimizer) recipe.rate = cambium::models::usual_rate(*wishes.optimizer);
  recipe.optimizer = wishes.optimizer.value_or(recipe.optimizer);
  recipe.schedule = wishes.schedule.value_or(recipe.schedule);
  recipe.epochs = wishes.epochs.value_or(recipe.epochs);
  recipe.batch = wishes.batch.value_or(recipe.batch);
  recipe.rate = wishes.rate.value_or(recipe.rate);
  cambium::models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule);  // throws for what does not exist
  return recipe;
}

void check(const Options& options, const Wishes& wishes) {
  cambium::models::check_name("data", options.data, data_names());
  apps::check_range("--threads", options.threads, 0, 64, "0 for one per processor");
  apps::check_range("--validate", options.validate, 0, INT_MAX, "5000");
  apps::check_range("--augment", options.augment, 0, INT_MAX, "2");
  apps::check_range("--batch", wishes.batch.value_or(1), 1, INT_MAX, "64");
  apps::check_range("--epochs", wishes.epochs.value_or(1), options.load.empty() ? 1 : 0, INT_MAX, "3");
  const double rate = wishes.rate.value_or(1);
  if (!(rate > 0 && rate <= DBL_MAX)) throw Error(fmt::format("--rate = {} must be above 0 and finite", rate), "--rate 0.001");
  if (!(rate >= FLT_MIN && rate <= FLT_MAX))
    throw Error(fmt::format("--rate = {} cannot be held in single precision", rate), "--rate 0.001");
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  Wishes wishes;
  CLI::App app("Trains a neural network on images of ten classes, and shows how well it does on images that it has not seen.",
               "train");
  app.get_formatter()->column_width(34);
  app.set_help_flag("--help,-h", "this text")->group("Files and output");
  declare_data(app, options);
  declare_training(app, options, wishes);
  declare_files(app, options);
  app.footer(footer());
  if (!apps::parse(app, argc, argv)) return std::nullopt;
  check(options, wishes);
  const Preset usual = wishes.preset ? preset(*wishes.preset) : Preset{};
  if (app.count("--augment") == 0) options.augment = usual.augment;
  options.recipe = chosen(wishes, usual.model);
  return options;
}

}  // namespace train
