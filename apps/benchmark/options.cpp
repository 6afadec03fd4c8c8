#include "apps/benchmark/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/benchmark/workloads.h"
#include "apps/common/command_line.h"
#include "cambium/framework/base/error.h"
#include "cambium/models/recipe.h"

namespace benchmark {
namespace {

using cambium::Error;

// As typed; what is left out depends on the task.
struct Wishes {
  std::vector<std::string> workloads, norms;
  std::vector<int> batches, threads;
  std::string against;
  std::optional<std::string> mode, variant;
  std::optional<int> rounds;
  std::optional<double> seconds;
  bool line = false, profile = false, kernels = false;
};

std::string footer() {
  std::string text = "Workloads:\n";
  for (const Workload& one : workloads()) text += fmt::format("  {:<4} {}\n", one.name, one.about);
  text += "\nNorms:\n ";
  for (const Norm& one : norms()) text += " " + one.name;
  return text +
         "\n\nExamples:\n"
         "  benchmark                                         training and inference of W1 to W6 at batch 64\n"
         "  benchmark --workload W3,W4 --batch 1,64 --threads 1,2 --peak\n"
         "  benchmark --workload W4 --mode train --profile --trace trace.json\n"
         "  benchmark --mode startup                          from the start of the process to the first trained batch\n"
         "  benchmark --norm all                              what every norm adds to a step of W7 at batch 32\n"
         "  benchmark --norm online_norm --against batch_norm --batch 1\n"
         "  benchmark --kernels                               each kernel alone: time, GFLOP/s and share of the peak, or GB/s\n"
         "Ctrl-C shows the rounds that are done; a second Ctrl-C ends the program.";
}

void declare_what(CLI::App& app, Options& options, Wishes& wishes) {
  const std::string group = "What is measured";
  app.add_option("--workload", wishes.workloads, "the models, with commas between")
      ->delimiter(',')
      ->option_text("NAME,..")
      ->group(group);
  apps::add_numbers(app, "--batch", wishes.batches, "samples per step")->option_text("N,.. [64; 32 with --norm]")->group(group);
  apps::add_numbers(app, "--threads", wishes.threads, "1 to 64")->option_text("N,.. [1]")->group(group);
  app.add_option("--mode", wishes.mode, "train, infer, both, or startup")->option_text("MODE [both]")->group(group);
  apps::add_number<int>(app, "--rounds", wishes.rounds, "times each is measured, one after the other in turn")
      ->option_text("N [5; 20 for startup]")
      ->group(group);
  app.add_flag("--peak", options.peak, "measure how fast this processor multiplies and adds, and show the share of that")
      ->group(group);
}

void declare_more(CLI::App& app, Options& options, Wishes& wishes) {
  const std::string norms = "What a norm costs", profile = "Where the time goes";
  app.add_option("--norm", wishes.norms, "norms to compare, with commas between, or all")
      ->delimiter(',')
      ->option_text("NAME,..")
      ->group(norms);
  apps::add_name(app, "--against", wishes.against, "what the others are compared with")->option_text("NAME [none]")->group(norms);
  app.add_flag("--profile", wishes.profile, "time of every pass of a step")->group(profile);
  app.add_flag("--kernels", wishes.kernels, "time of each kernel alone, at the shapes of the workloads")->group(profile);
  apps::add_name(app, "--trace", options.trace, "also write one step as a Chrome trace")->option_text("FILE.json")->group(profile);
}

void declare_protocol(CLI::App& app, Options& options, Wishes& wishes) {
  const std::string group = "How it is measured";
  Protocol& protocol = options.protocol;
  apps::add_number<double>(app, "--warm-s", protocol.warm_seconds, "seconds of steps that do not count")
      ->option_text("S [0.15]")
      ->group(group);
  apps::add_number<double>(app, "--time-s", wishes.seconds, "seconds of steps that do, or of each kernel")
      ->option_text("S [0.4; 0.06 for kernels]")
      ->group(group);
  apps::add_number<int>(app, "--min-steps", protocol.steps, "at least so many of them")->option_text("N [5]")->group(group);
  apps::add_number<double>(app, "--max-s", protocol.most_seconds, "but never for longer than this")
      ->option_text("S [6]")
      ->group(group);
  app.add_flag("--bench-line", wishes.line, "one measurement, told in a line of JSON per mode")->group(group);
  app.add_option("--variant", wishes.variant, "for --bench-line: base, or a norm in place of the model's own")
      ->option_text("NAME [base]")
      ->group(group);
}

void check_numbers(const Options& options) {
  for (const int batch : options.batches) apps::check_range("--batch", batch, 1, 65536, "32");
  for (const int threads : options.threads) apps::check_range("--threads", threads, 1, 64, "1");
  apps::check_range("--rounds", options.rounds, 1, 1000, "5");
  apps::check_range("--warm-s", options.protocol.warm_seconds, 0.0, 3600.0, "0.15");
  apps::check_range("--time-s", options.protocol.seconds, 0.0, 3600.0, "0.4");
  apps::check_range("--max-s", options.protocol.most_seconds, 0.0, 3600.0, "6");
  apps::check_range("--min-steps", options.protocol.steps, 1, 1000000, "5");
}

Task task_of(const Wishes& wishes, const Options& options) {
  const bool norms = !wishes.norms.empty() || !wishes.against.empty();
  const bool profile = wishes.profile || !options.trace.empty();
  const int tasks = wishes.line + wishes.kernels + norms + profile;
  if (tasks > 1) throw Error("--bench-line, --kernels, --norm and --profile are four different things", "one of them");
  if (options.peak && tasks != 0) throw Error("--peak is for the table of speeds", "--peak without the others");
  if (wishes.variant && !wishes.line) throw Error("--variant is for --bench-line", "--norm to compare norms");
  if (wishes.kernels &&
      (!wishes.workloads.empty() || !wishes.batches.empty() || !wishes.threads.empty() || wishes.mode || wishes.rounds))
    throw Error("--kernels has shapes of its own: --workload, --batch, --threads, --mode and --rounds are for the others",
                "--kernels without them");
  if (wishes.kernels) return Task::kernels;
  return wishes.line ? Task::line : norms ? Task::norms : profile ? Task::profile : Task::table;
}

void settle_mode(Options& options, const Wishes& wishes) {
  options.mode = wishes.mode.value_or(options.task == Task::norms ? "train" : "both");
  cambium::models::check_name("mode", options.mode, {"train", "infer", "both", "startup"});
  if (options.task == Task::norms && options.mode != "train")
    throw Error("norms are compared in training, not with --mode " + options.mode, "--bench-line --variant NAME for one norm");
  if (options.task == Task::profile && options.mode == "startup") throw Error("there is no profile of the startup", "--mode train");
}

void settle_cells(Options& options, const Wishes& wishes) {
  options.workloads = wishes.workloads, options.batches = wishes.batches, options.threads = wishes.threads;
  const bool one = options.task != Task::table;
  if (options.workloads.empty()) {
    if (options.task == Task::table)
      options.workloads = {"W1", "W2", "W3", "W4", "W5", "W6"};
    else
      options.workloads = {options.task == Task::norms ? "W7" : options.task == Task::profile ? "W4" : "W1"};
  }
  if (options.batches.empty()) options.batches = {options.task == Task::norms ? 32 : 64};
  if (options.threads.empty()) options.threads = {1};
  for (const std::string& name : options.workloads) workload(name);  // throws where there is none
  if (one && options.workloads.size() * options.batches.size() * options.threads.size() != 1)
    throw Error("several workloads, batches or numbers of threads are for the table alone", "one of each");
}

void settle_norms(Options& options, const Wishes& wishes) {
  options.against = wishes.against.empty() ? "none" : wishes.against;
  options.variant = wishes.variant.value_or("base");
  if (options.variant != "base") norm(options.variant);
  std::vector<std::string> wanted = wishes.norms.empty() ? std::vector<std::string>{"all"} : wishes.norms;
  for (const std::string& name : wanted)
    if (name != "all") norm(name);
  options.all = std::find(wanted.begin(), wanted.end(), "all") != wanted.end();
  if (options.all) {
    wanted.clear();
    for (const Norm& one : norms()) wanted.push_back(one.name);
  }
  options.norms = {norm(options.against).name};
  for (const std::string& name : wanted)
    if (std::find(options.norms.begin(), options.norms.end(), name) == options.norms.end()) options.norms.push_back(name);
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  Wishes wishes;
  CLI::App app("Measures how fast models are trained and used, what a norm costs, and where the time goes.", "benchmark");
  app.get_formatter()->column_width(38);
  declare_what(app, options, wishes);
  declare_more(app, options, wishes);
  declare_protocol(app, options, wishes);
  app.footer(footer());
  if (!apps::parse(app, argc, argv)) return std::nullopt;
  options.task = task_of(wishes, options);
  settle_mode(options, wishes);
  options.protocol.seconds = wishes.seconds.value_or(wishes.kernels ? 0.06 : options.protocol.seconds);
  options.rounds = wishes.rounds.value_or(options.mode == "startup" ? 20 : 5);
  settle_norms(options, wishes);
  settle_cells(options, wishes);
  check_numbers(options);
  return options;
}

}  // namespace benchmark
