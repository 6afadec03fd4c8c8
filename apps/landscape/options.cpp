#include "apps/landscape/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/named.h"
#include "apps/common/same_file.h"
#include "apps/landscape/chapter.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/models/recipe.h"

namespace landscape {
namespace {

using cambium::Error;

std::string list() {
  std::string text;
  for (const Measure& measure : measures()) text += fmt::format("  {:<12} {}\n", measure.name, measure.about);
  return text;
}

std::string footer() {
  return "Measures:\n" + list() +
         "\nExamples:\n"
         "  landscape                                             all of them on the built-in digits, and landscape.html\n"
         "  landscape --only hessian,surface --out curvature.html\n"
         "  landscape --data fashion-mnist --data-dir FOLDER --rate 0.05 --csv points.csv\n"
         "Figures go to standard output; the page has the pictures, and needs neither scripts nor a network.";
}

void check(const Options& options) {
  for (const std::string& name : options.only) apps::named("measure", name, measures());
  cambium::models::check_name("data", options.data, {"digits", "mnist", "fashion-mnist"});
  if (options.data == "digits" && !options.data_dir.empty())
    throw Error("--data digits are drawn, not read, and need no --data-dir", "--data mnist");
  if (options.data != "digits" && options.data_dir.empty())
    throw Error("--data " + options.data + " is read from files, and nobody said where", "--data-dir FOLDER");
  if (apps::same_file(options.out, options.csv))
    throw Error("--out and --csv are the same file, " + cambium::shown(options.out), "another name for one of them");
  for (const std::string& file : {options.out, options.csv})
    if (!file.empty()) cambium::AtomicFile{file};  // throws where nothing can be written
}

}  // namespace

std::optional<Options> read_options(const apps::Words& words) {
  Options options;
  std::string only;
  bool listed = false;
  CLI::App app("Shows how normalization works: measures the loss of networks with and without it, and draws a page.", "landscape");
  app.get_formatter()->column_width(30);
  app.set_help_flag("--help,-h", "this text");
  apps::add_name(app, "--out", options.out, "FILE.html [landscape.html]", "the page");
  apps::add_name(app, "--csv", options.csv, "FILE.csv", "every point of every curve too");
  apps::add_name(app, "--only", only, "NAME,...", "these measures and no others");
  app.add_flag("--list", listed, "what is measured");
  apps::add_name(app, "--data", options.data, "NAME [digits]", "digits, mnist or fashion-mnist");
  apps::add_name(app, "--data-dir", options.data_dir, "DIR", "folder with the four files of mnist or fashion-mnist");
  apps::add_number<double>(app, "--rate", options.rate, "learning rate of gradient, drift and shift", {1e-6, 1e3, "0.1"});
  apps::add_number<std::uint64_t>(app, "--seed", options.seed, "of weights, batches and directions");
  apps::add_number<int>(app, "--threads", options.threads, "changes the speed, not the result (0: one per processor)",
                        {0, 64, "0 for one per processor"});
  app.footer(footer());
  if (!apps::parse(app, words)) return std::nullopt;
  if (listed) {
    apps::write(list());
    return std::nullopt;
  }
  if (!only.empty()) options.only = apps::split_names(only);
  check(options);
  return options;
}

}  // namespace landscape
