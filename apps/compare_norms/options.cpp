#include "apps/compare_norms/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cfloat>
#include <climits>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/named.h"
#include "apps/common/same_file.h"
#include "apps/common/shell.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/normalizers.h"
#include "cambium/framework/base/error.h"

namespace compare_norms {
namespace {

using cambium::Error;

std::string footer() {
  std::string text = "Experiments:\n";
  for (const Entry& one : experiments()) text += fmt::format("  {:<20} {}\n", one.name, one.about);
  text += "\nNorms:\n";
  for (const Normalizer& one : normalizers()) text += fmt::format("  {:<20} {}\n", one.name, one.about);
  return text +
         "\nExamples:\n"
         "  compare_norms                                     small and large batches, on digits that the program draws\n"
         "  compare_norms --experiment all --quick            a look at everything\n"
         "  compare_norms --experiment two_classes --only batch_norm,online_norm --report two_classes.html\n"
         "  compare_norms --experiment paper --data FOLDER --seeds 5 --csv paper.csv\n"
         "Ctrl-C ends it with what is there: table, files and all; a second one ends it at once.";
}

// Names with commas between them, as one word.
void add_names(CLI::App& app, const std::string& option, std::vector<std::string>& names, const std::string& text,
               const std::string& about) {
  const auto read = [&names, option](const std::vector<std::string>& words) {
    names = words;
    for (const std::string& name : names)
      if (name.empty()) throw Error(option + ": a name is empty", option + " NAME,...");
  };
  app.add_option_function<std::vector<std::string>>(option, read, about)->delimiter(',')->option_text(text);
}

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->group("Experiment");
  add_names(app, "--experiment", options.experiments, "NAME,.. [batch_size]", "which, as below, or all");
  apps::add_name(app, "--data", options.data, "FOLDER", "the four files of MNIST or Fashion-MNIST; else digits that are drawn");
  apps::add_number<int>(app, "--seeds", options.seeds, "repeat with seeds 1 to N; 0: as often as the experiment does",
                        {0, 1000, "3"});
  add_names(app, "--only", options.wish.only, "NAME,..", "compare these rows alone");
  add_names(app, "--at", options.wish.at, "NAME,..", "under these settings alone, the columns of the table");
  apps::add_number<int>(app, "--epochs", options.wish.epochs, "times through the training images", {1, 1000, "1"});
  apps::add_number<int>(app, "--images", options.wish.images, "training images, of those that there are", {500, INT_MAX, "16000"});
  apps::add_number<double>(app, "--rate", options.wish.rate, "learning rate, where the experiment does not vary it");
  app.add_flag("--quick", options.wish.quick, "few images and one seed: a look, and no figures to quote");
  app.option_defaults()->group("Files and output");
  apps::add_name(app, "--csv", options.csv, "FILE.csv", "every figure of every training, one a line");
  apps::add_name(app, "--svg", options.svg, "FILE.svg", "a picture");
  apps::add_name(app, "--report", options.report, "FILE.html", "a page with tables, pictures and settings");
  apps::add_number<int>(app, "--threads", options.threads, "trainings at a time (0: one per processor); changes no figure",
                        {0, 64, "0 for one per processor"});
}

void check(Options& options) {
  if (options.experiments == std::vector<std::string>{"all"}) options.experiments = apps::names_of(experiments());
  for (const std::string& name : options.experiments) apps::named("experiment", name, experiments());
  const double rate = options.wish.rate.value_or(1);
  if (!(rate >= FLT_MIN && rate <= FLT_MAX))
    throw Error(fmt::format("--rate = {} must be above 0 and finite", rate), "--rate 0.04");
  const std::pair<const char*, const std::string*> files[] = {
      {"--csv", &options.csv}, {"--svg", &options.svg}, {"--report", &options.report}};
  for (const auto& a : files)
    for (const auto& b : files)
      if (&a < &b && !a.second->empty() && apps::same_file(*a.second, *b.second))
        throw Error(fmt::format("{} and {} are one file, {}", a.first, b.first, *a.second), std::string("another ") + b.first);
}

}  // namespace

std::optional<Options> read_options(const apps::Words& words) {
  Options options;
  CLI::App app("Compares normalizers: the same network with each of them, over several seeds, in one table.", "compare_norms");
  app.get_formatter()->column_width(34);
  app.set_help_flag("--help,-h", "this text")->group("Files and output");
  declare(app, options);
  app.footer(footer());
  if (!apps::parse(app, words)) return std::nullopt;
  check(options);
  options.command = apps::shell_line(apps::program(), words);
  return options;
}

}  // namespace compare_norms
