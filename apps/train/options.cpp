#include "apps/train/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cfloat>
#include <climits>
#include <vector>

#include "apps/refuse_extras.h"
#include "apps/train/data.h"
#include "apps/train/presets.h"
#include "cambium/framework/base/error.h"
#include "cambium/models/table.h"

namespace train {
namespace {

using cambium::Error;
using cambium::models::Recipe;

std::string not_negative(const std::string& text) { return text.starts_with('-') ? text + " must be at least 0" : ""; }

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
         "Ctrl-C ends the training after the current step and still shows the accuracy; a second Ctrl-C ends the program.";
}

std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

void declare_data(CLI::App& app, Options& options) {
  const std::string group = "Data";
  app.add_option("--data", options.data, list(data_names()))->option_text("NAME [digits]")->group(group);
  app.add_option("--data-dir", options.data_dir, "folder with the four files of mnist or fashion-mnist")
      ->option_text("DIR")
      ->group(group);
  app.add_option("--augment", options.augment, "shift training images at random by up to N pixels, 2 if not said (0: not at all)")
      ->expected(0, 1)
      ->default_str("2")
      ->option_text("[N]")
      ->group(group);
  app.add_option("--validate", options.validate, "put N training samples aside and show how the model does on them")
      ->option_text("N [0]")
      ->group(group);
}

void declare_training(CLI::App& app, Options& options, Wishes& wishes) {
  const std::string group = "Model and training";
  app.add_option("--preset", wishes.preset, "several options by one name: " + list(preset_names()))
      ->option_text("NAME")
      ->group(group);
  app.add_option("--model", wishes.model, list(cambium::models::model_names()))->option_text("NAME [conv_bn]")->group(group);
  app.add_option("--epochs", wishes.epochs, "times through the training set (0 with --load: only look)")
      ->option_text("N")
      ->group(group);
  app.add_option("--batch", wishes.batch, "samples per step")->option_text("N")->group(group);
  app.add_option("--optimizer", wishes.optimizer, list(cambium::models::optimizer_names()))->option_text("NAME")->group(group);
  app.add_option("--rate", wishes.rate, "learning rate")->option_text("NUMBER")->group(group);
  app.add_option("--schedule", wishes.schedule, list(cambium::models::schedule_names()))->option_text("NAME")->group(group);
  app.add_option("--seed", options.seed, "of the first weights and the order of samples")
      ->check(not_negative)->option_text("N [1]")->group(group);
  app.add_option("--threads", options.threads, "changes the speed, not the result (0: one per processor)")
      ->option_text("N [0]")
      ->group(group);
}

void declare_files(CLI::App& app, Options& options) {
  const std::string group = "Files and output";
  app.add_option("--load", options.load, "start from these weights")->option_text("FILE.safetensors")->group(group);
  app.add_option("--save", options.save, "write the weights at the end")->option_text("FILE.safetensors")->group(group);
  app.add_option("--log", options.log, "write one JSON object per epoch and one at the end")
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

void check_range(const char* option, int value, int least, int most, const char* remedy) {
  if (value < least || value > most)
    throw Error(fmt::format("{} = {} must be at least {}{}", option, value, least,
                            most == INT_MAX ? "" : fmt::format(" and at most {}", most)),
                fmt::format("{} {}", option, remedy));
}

void check(const Options& options, const Wishes& wishes) {
  cambium::models::check_name("data", options.data, data_names());
  check_range("--threads", options.threads, 0, 64, "0 for one per processor");
  check_range("--validate", options.validate, 0, INT_MAX, "5000");
  check_range("--augment", options.augment, 0, INT_MAX, "2");
  check_range("--batch", wishes.batch.value_or(1), 1, INT_MAX, "64");
  check_range("--epochs", wishes.epochs.value_or(1), options.load.empty() ? 1 : 0, INT_MAX, "3");
  if (const double rate = wishes.rate.value_or(1); !(rate > 0 && rate <= DBL_MAX))
    throw Error(fmt::format("--rate = {} must be above 0 and finite", rate), "--rate 0.001");
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  Wishes wishes;
  CLI::App app("Trains a neural network on images of ten classes, and shows how well it does on images that it has not seen.",
               "train");
  app.allow_extras();
  app.get_formatter()->column_width(34);
  app.set_help_flag("--help,-h", "this text")->group("Files and output");
  declare_data(app, options);
  declare_training(app, options, wishes);
  declare_files(app, options);
  app.footer(footer());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    throw Error(text, "--help");
  }
  refuse_extras(app);
  check(options, wishes);
  const Preset usual = wishes.preset ? preset(*wishes.preset) : Preset{};
  if (app.count("--augment") == 0) options.augment = usual.augment;
  options.recipe = chosen(wishes, usual.model);
  return options;
}

}  // namespace train
