#include "apps/benchmark/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/benchmark/workloads.h"
#include "cambium/framework/base/error.h"

namespace benchmark {
namespace {

using cambium::Error;

std::string footer() {
  std::string text = "Workloads, each normalized before its activations:\n";
  for (const Workload& one : workloads()) text += fmt::format("  {:<4} {}\n", one.name, one.about);
  text += "\nNorms:\n ";
  for (const Norm& one : norms()) text += " " + one.name;
  return text +
         "\n\nExamples:\n"
         "  benchmark                                         what every norm adds to a step of W7 at batch 32\n"
         "  benchmark --norm online_norm --batch 1            and what online norm adds to a step with one sample\n"
         "  benchmark --norm online_norm --against batch_norm";
}

void check_range(const char* option, int value, int least, int most, const char* remedy) {
  if (value < least || value > most)
    throw Error(fmt::format("{} = {} must be at least {} and at most {}", option, value, least, most),
                fmt::format("{} {}", option, remedy));
}

void settle_norms(Options& options, std::vector<std::string> wanted) {
  for (const std::string& name : wanted)
    if (name != "all") norm(name);  // throws where there is none
  options.all = std::find(wanted.begin(), wanted.end(), "all") != wanted.end();
  if (options.all) {
    wanted.clear();
    for (const Norm& one : norms()) wanted.push_back(one.name);
  }
  options.norms = {norm(options.against).name};
  for (const std::string& name : wanted) {
    const bool there = std::find(options.norms.begin(), options.norms.end(), norm(name).name) != options.norms.end();
    if (!there) options.norms.push_back(name);
  }
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  std::vector<std::string> wanted = {"all"};
  CLI::App app("Times training steps of a model with one norm and another, all in the same run.", "benchmark");
  app.add_option("--workload", options.workload, "the model")->option_text("NAME [W7]");
  app.add_option("--norm", wanted, "what to compare, with commas between, or all")->delimiter(',')->option_text("NAME,.. [all]");
  app.add_option("--against", options.against, "what the others are compared with")->option_text("NAME [none]");
  app.add_option("--batch", options.batch, "samples per step")->option_text("N [32]");
  app.add_option("--threads", options.threads, "1 to 64")->option_text("N [1]");
  app.add_option("--rounds", options.rounds, "times each is measured, one after the other in turn")->option_text("N [5]");
  app.footer(footer());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw Error(error.what(), "--help");
  }
  check_range("--batch", options.batch, 1, 65536, "32");
  check_range("--threads", options.threads, 1, 64, "1");
  check_range("--rounds", options.rounds, 1, 1000, "5");
  options.workload = workload(options.workload).name;
  settle_norms(options, wanted);
  return options;
}

}  // namespace benchmark
