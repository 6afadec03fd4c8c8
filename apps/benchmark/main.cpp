// How fast models are trained and used, what a norm costs, how fast each kernel is, and where the time of a step goes.
#include <algorithm>
#include <map>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/workloads/workloads.h"
#include "apps/common/command_line.h"
#include "apps/common/named.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/base/environment.h"

namespace {

using namespace benchmark;

struct Command {
  const char *name, *about;
  Run (*declare)(CLI::App& app);
};

constexpr Command commands[] = {
    {"speed", "how fast models are trained and used; also what runs without a command", declare_speed},
    {"norms", "what a norm costs: the same model trained with one norm and another", declare_norms},
    {"profile", "where the time of a step goes, pass by pass", declare_profile},
    {"kernels", "how fast each kernel is alone, at the shapes of the workloads", declare_kernels},
    {"startup", "from the start of a process to its first trained batch", declare_startup},
    {"line", "one measurement, told in a line of JSON for each mode", declare_line},
};

// Without a command options say what is measured, as scripts have it. The first of these that is there decides.
struct OldSpelling {
  std::string option, command;
  bool stays;  // as an option of the command
};

const OldSpelling old_spellings[] = {{"--bench-line", "line", false},     {"--kernels", "kernels", false},
                                     {"--norm", "norms", true},           {"--against", "norms", true},
                                     {"--profile", "profile", false},     {"--trace", "profile", true},
                                     {"--mode=startup", "startup", false}};

apps::Words with_command(apps::Words words) {
  if (!words.empty() && (!words[0].starts_with('-') || words[0] == "-h" || words[0] == "--help" || words[0] == "--version"))
    return words;
  const apps::Words startup = {"--mode", "startup"};
  if (const auto at = std::search(words.begin(), words.end(), startup.begin(), startup.end()); at != words.end())
    *words.erase(at) = "--mode=startup";
  for (const OldSpelling& old : old_spellings) {
    const auto is_old = [&](const std::string& word) { return word == old.option || word.starts_with(old.option + '='); };
    if (std::none_of(words.begin(), words.end(), is_old)) continue;
    if (!old.stays) std::erase_if(words, is_old);
    words.insert(words.begin(), old.command);
    return words;
  }
  words.insert(words.begin(), "speed");
  return words;
}

std::string footer() {
  std::string text = "Workloads:\n";
  for (const Workload& one : workloads()) text += fmt::format("  {:<4} {}\n", one.name, one.about);
  return text + fmt::format("\nNorms:\n  {}\n", fmt::join(apps::names_of(norms()), " ")) +
         "\nExamples:\n"
         "  benchmark                                         training and inference of W1 to W6 at batch 64\n"
         "  benchmark speed --help                            its options\n"
         "  benchmark speed --workload W3,W4 --batch 1,64 --threads 1,2 --peak\n"
         "  benchmark norms                                   what every norm adds to a step of W7 at batch 32\n"
         "  benchmark norms --norm online_norm --against batch_norm --batch 1\n"
         "  benchmark profile --workload W4 --mode train --trace trace.json\n"
         "Ctrl-C shows the rounds that are done; a second Ctrl-C ends the program.";
}

int run(const apps::Words& words) {
  CLI::App app("Measures how fast models are trained and used, what a norm costs, and where the time goes.", "benchmark");
  app.get_formatter()->column_width(38);
  std::map<std::string, Run> runs;
  for (const Command& one : commands) runs[one.name] = one.declare(*app.add_subcommand(one.name, one.about));
  app.footer(footer());
  if (!apps::parse(app, with_command(words))) return 0;
  cambium::check_environment();
  apps::catch_signals();
  runs.at(app.get_subcommands().at(0)->get_name())();
  return apps::exit_code();
}

}  // namespace

int main(int argc, char** argv) { return apps::run("benchmark", argc, argv, run); }
