#include "apps/train/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cfloat>
#include <climits>
#include <cmath>
#include <vector>

#include "apps/common/augments.h"
#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/data_place.h"
#include "apps/train/data.h"
#include "apps/train/presets.h"
#include "cambium/framework/base/error.h"
#include "cambium/models/line.h"
#include "cambium/models/table.h"

namespace train {
namespace {

using cambium::Error;
using cambium::models::Recipe;

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
         "  train --data csv:houses.csv --label price --save houses.safetensors\n"
         "  train --data images:pets --size 64 --augment flip,crop --layers \"conv 16 p1, batch_norm, affine, relu, pool 2, "
         "flatten, "
         "dense 2\"\n"
         "  train --data csv:houses.csv --label price --validate 10% --out run\n"
         "  train --out run --resume                         goes on with it, whatever ended it\n"
         "What --save writes is all that predict and evaluate need.\n"
         "Ctrl-C, SIGTERM and SIGHUP end the training after the current step, and what it reached is saved and shown; a file of\n"
         "--save that was there before stays, and the weights go beside it. A second one ends the program at once.";
}

const std::vector<std::string> tasks{"automatic", "classification", "regression"};

const std::vector<std::string> on_nan_names{"stop", "skip", "rollback"};

std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string data_list() {
  std::string text;
  for (const Source& source : sources())
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", source.name, *source.where ? ":" : "", source.where);
  return text;
}

// "5000", or "10%".
Aside aside_of(const std::string& text) {
  if (text.ends_with('%')) {
    const double percent = apps::number<double>("--validate", text.substr(0, text.size() - 1));
    if (!(percent >= 0 && percent < 100))
      throw Error("--validate " + text + " must be at least 0% and below 100%", "--validate 10%");
    return {0, percent / 100};
  }
  if (text.starts_with("0.") || text.starts_with("."))
    throw Error("--validate = " + text + " is a part of one sample", "--validate 10% for a share, or a number of samples");
  const int count = apps::number<int>("--validate", text);
  apps::check_range<int>("--validate", count, {0, INT_MAX, "5000"});
  return {count, 0};
}

void declare_data(CLI::App& app, Given& given) {
  Options& options = given.options;
  app.option_defaults()->group("Data");
  app.add_option("--data", options.data, data_list())->option_text("NAME [digits]");
  apps::add_name(app, "--data-dir", options.data_dir, "DIR", "folder with the four files of mnist or fashion-mnist");
  apps::add_name(app, "--test", options.test, "WHERE", "what to test on, of the kind of --data; else a fifth is put aside for it");
  apps::add_name(app, "--label", options.label, "COLUMN", "of a table: what is to be learnt, by name or number");
  app.add_option("--leave-out", options.leave_out, "columns of a table that are not looked at")
      ->delimiter(',')
      ->option_text("COLUMN,...");
  app.add_option("--task", options.task, list(tasks))->option_text("NAME [automatic]");
  app.add_option("--missing", options.missing, "missing cells of a table: refuse, mean, leave-out (the row), or a number")
      ->option_text("HOW [refuse]");
  app.add_option("--missing-texts", options.missing_texts, "what stands for a missing cell too, beside NA, N/A, null, ? and such")
      ->delimiter(',')
      ->option_text("TEXT,...");
  app.add_option("--size", options.size, "of pictures: 32, 32x48 (height x width) or 1x32x48 (gray); else that of the first")
      ->option_text("SIZE");
  app.add_option("--fit", options.fit, "pictures of another size: refuse, resize, crop; crop with --size")->option_text("HOW");
  app.add_option("--augment", given.augment, "change training images at random: " + apps::augment_help() + "; a number is a shift")
      ->expected(0, 1)
      ->default_str("2")
      ->option_text("[HOW]");
  app.add_flag("--balanced", options.balanced, "in training, rare classes come as often as the others");
  const auto aside = [&given](const std::string& text) { given.validate = aside_of(text); };
  app.add_option_function<std::string>(
         "--validate", aside,
         "put N training samples, or a share, aside and show how the model does on them; 10% with --error-bars")
      ->option_text("N or P%");
}

void declare_training(CLI::App& app, Given& given) {
  Options& options = given.options;
  app.option_defaults()->group("Model and training");
  app.add_option("--preset", given.preset, "several options by one name: " + list(preset_names()))->option_text("NAME");
  app.add_option("--model", given.model, list(cambium::models::model_names()))->option_text("NAME");
  apps::add_name(app, "--layers", options.layers, "LINE", "a model of your own, layer after layer; --layers help lists them");
  app.add_flag("--error-bars", options.error_bars, "predict values with how far off they may be (Gaussian likelihood)");
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
  apps::add_name(
      app, "--save", options.save, "FILE.safetensors",
      "write the weights when the training ends; beside an older file (FILE.interrupted.safetensors) when a signal ends it");
  apps::add_name(app, "--log", options.log, "FILE.jsonl", "write one JSON object per epoch and one at the end");
  apps::add_name(app, "--report", options.report, "FILE.html", "a page of pictures, written anew after every epoch");
  apps::add_name(app, "--tensorboard", options.tensorboard, "DIR", "an event file in this folder, which TensorBoard shows");
  apps::add_name(app, "--out", options.out, "DIR",
                 "keep the training in this folder: checkpoints, log.jsonl, log.csv, model.safetensors");
  app.add_flag("--resume", options.resume, "go on with the training in --out where it was cut; alone, with its own options");
  app.add_option("--on-nan", options.on_nan, "a step whose loss or gradient is not finite: " + list(on_nan_names))
      ->option_text("HOW [stop]");
  apps::add_number<int>(app, "--checkpoint-epochs", options.checkpoint_epochs, "one after so many epochs; 0: not by epochs",
                        {0, INT_MAX, "1"});
  apps::add_number<int>(app, "--checkpoint-steps", options.checkpoint_steps, "one after so many steps", {0, INT_MAX, "1000"});
  apps::add_number<double>(app, "--checkpoint-seconds", options.checkpoint_seconds, "one when so much time has passed",
                           {0, 1e9, "60"});
  apps::add_number<int>(app, "--keep", options.keep, "so many of the newest checkpoints stay, and the best", {1, INT_MAX, "2"});
  apps::add_number<double>(app, "--memory-limit", options.memory_limit,
                           "refuse a training that takes more than so many GB; 0: than the system can give", {0, 1e6, "4"});
  apps::add_number<int>(app, "--worst", options.worst, "name so many of the worst mistakes on the test set", {0, 1000, "10"});
  app.add_flag("--quiet", options.quiet, "print the last line only");
}

// What a model is trained with of which nothing is known but its layers. Small models of tables learn too little at the rate that
// suits pictures.
Recipe recipe_of_line(const std::string& usual) {
  Recipe recipe{.name = "layers", .about = "as --layers says"};
  const bool table = usual == "mlp_bn" || usual == "mlp_values";
  recipe.optimizer = "adamw", recipe.rate = table ? 1e-2 : 2e-3, recipe.schedule = "one_cycle";
  recipe.batch = 64, recipe.epochs = table ? 20 : 10;
  return recipe;
}

Recipe chosen(const Given& given, const std::string& model) {
  Recipe recipe = given.options.layers.empty() ? cambium::models::recipe(given.model.value_or(model)) : recipe_of_line(model);
  if (given.optimizer && *given.optimizer != recipe.optimizer) recipe.rate = cambium::models::usual_rate(*given.optimizer);
  recipe.optimizer = given.optimizer.value_or(recipe.optimizer);
  recipe.schedule = given.schedule.value_or(recipe.schedule);
  recipe.epochs = given.epochs.value_or(recipe.epochs);
  recipe.batch = given.batch.value_or(recipe.batch);
  recipe.rate = given.rate.value_or(recipe.rate);
  cambium::models::make_optimizer(recipe.optimizer, recipe.rate, recipe.schedule);  // throws for what does not exist
  return recipe;
}

// An option that another kind of data has is a mistake, and not passed over.
void check_kind(const Options& options) {
  const std::string kind = options.data.substr(0, options.data.find(':'));
  if (std::ranges::none_of(sources(), [&](const Source& one) { return kind == one.name; })) return;  // which is said later
  const auto refuse = [&](const char* option, const char* whose) {
    throw Error(fmt::format("{} is for {}, and --data is {}", option, whose, kind), fmt::format("leaving {} out", option));
  };
  if (kind != "images" && !options.size.empty()) refuse("--size", "pictures");
  if (kind != "images" && !options.fit.empty()) refuse("--fit", "pictures");
  if (kind != "csv" && !options.label.empty()) refuse("--label", "tables");
  if (kind != "csv" && !options.leave_out.empty()) refuse("--leave-out", "tables");
  if (kind != "csv" && options.missing != "refuse") refuse("--missing", "tables");
  if (kind != "csv" && !options.missing_texts.empty()) refuse("--missing-texts", "tables");
  if (kind != "mnist" && kind != "fashion-mnist" && kind != "digits" && !options.data_dir.empty())
    refuse("--data-dir", "mnist and fashion-mnist");
}

void check(const Given& given) {
  const Options& options = given.options;
  check_kind(options);
  cambium::models::check_name("task", options.task, tasks);
  cambium::models::check_name("on-nan", options.on_nan, on_nan_names);
  if (options.on_nan == "rollback" && options.out.empty())
    throw Error("--on-nan rollback needs checkpoints to go back to", "--out DIR");
  apps::check_range<int>("--epochs", given.epochs.value_or(1), {options.load.empty() ? 1 : 0, INT_MAX, "3"});
  if (options.out.empty() && options.resume) throw Error("--resume needs the folder of the training", "--out DIR");
  if (!options.out.empty() && given.epochs.value_or(1) == 0)
    throw Error("--out keeps a training, and with --epochs 0 there is none", "leaving one of them out");
  const double rate = given.rate.value_or(1);
  if (!(rate > 0 && rate <= DBL_MAX)) throw Error(fmt::format("--rate = {} must be above 0 and finite", rate), "--rate 0.001");
  if (!(rate >= FLT_MIN && rate <= FLT_MAX))
    throw Error(fmt::format("--rate = {} cannot be held in single precision", rate), "--rate 0.001");
  if (!options.layers.empty() && given.model) throw Error("--layers and --model both name a model", "one of them");
  if (options.error_bars && options.task == "classification")
    throw Error("--error-bars are for values, and --task classification has classes", "--task regression");
}

}  // namespace

std::int64_t Aside::of(std::int64_t all) const {
  return share > 0 ? std::max<std::int64_t>(1, std::llround(share * static_cast<double>(all))) : count;
}

std::optional<Given> read_options(const apps::Words& words) {
  Given given;
  Options& options = given.options;
  CLI::App app("Trains a neural network on images or tables, and shows how well it does on what it has not seen.", "train");
  app.get_formatter()->column_width(34);
  app.set_help_flag("--help,-h", "this text")->group("Files and output");
  declare_data(app, given);
  declare_training(app, given);
  declare_files(app, options);
  app.footer(footer());
  if (!apps::parse(app, words)) return std::nullopt;
  if (options.task == "classify") options.task = "classification";  // as stream says it
  if (options.task == "regress") options.task = "regression";
  if (options.layers == "help") {
    apps::say("{}", cambium::models::line_help());
    return std::nullopt;
  }
  options.test = apps::without_kind(options.test, {options.data.substr(0, options.data.find(':'))});
  options.validate = given.validate.value_or(options.error_bars ? Aside{.share = 0.1} : Aside{});
  check(given);
  complete(given, Preset{}.model);  // throws for what does not exist
  return given;
}

Options complete(const Given& given, const std::string& model) {
  Options options = given.options;
  Preset usual;
  usual.model = model;
  if (given.preset) usual = preset(*given.preset);
  options.augment = given.augment ? (given.augment->empty() ? "2" : *given.augment) : std::to_string(usual.augment);
  apps::augments_of("--augment", options.augment);
  options.recipe = chosen(given, usual.model);
  return options;
}

}  // namespace train
