#include "apps/benchmark/commands/shared.h"

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/heading.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/models/recipe.h"

namespace benchmark {
namespace {

const apps::Range<int> batch_range = {1, 65536}, thread_range = {1, 64};
const char *const batch_about = "samples per step", *const threads_about = "1 to 64";

}  // namespace

void add_cell(CLI::App& app, Cell& cell) {
  app.add_option("--workload", cell.workload, "the model")
      ->delimiter(',')  // so that several are refused as what they are
      ->option_text("NAME [" + cell.workload + "]")
      ->each(workload);
  apps::add_number<int>(app, "--batch", cell.batch, batch_about, batch_range);
  apps::add_number<int>(app, "--threads", cell.threads, threads_about, thread_range);
}

void add_cells(CLI::App& app, Cells& cells) {
  app.add_option("--workload", cells.workloads, "the models, with commas between")
      ->delimiter(',')
      ->option_text(fmt::format("NAME,.. [{}]", fmt::join(cells.workloads, ",")))
      ->each(workload);
  apps::add_numbers(app, "--batch", cells.batches, batch_about, batch_range);
  apps::add_numbers(app, "--threads", cells.threads, threads_about, thread_range);
}

void add_rounds(CLI::App& app, int& rounds) {
  apps::add_number<int>(app, "--rounds", rounds, "times each is measured, one after the other in turn", {1, 1000});
}

void add_time(CLI::App& app, double& seconds, const std::string& about) {
  apps::add_number<double>(app, "--time-s", seconds, about, {0, 3600});
}

void add_protocol(CLI::App& app, Protocol& protocol) {
  app.option_defaults()->group("How it is measured");
  apps::add_number<double>(app, "--warm-s", protocol.warm_seconds, "seconds of steps that do not count", {0, 3600});
  add_time(app, protocol.seconds, "seconds of steps that do");
  apps::add_number<int>(app, "--min-steps", protocol.steps, "at least so many of them", {1, 1000000});
  apps::add_number<double>(app, "--max-s", protocol.most_seconds, "but never for longer than this", {0, 3600});
}

void add_mode(CLI::App& app, std::string& mode, const std::vector<std::string>& names) {
  app.add_option("--mode", mode, fmt::format("{}", fmt::join(names, ", ")))
      ->option_text("MODE [" + mode + "]")
      ->each([names](const std::string& name) { cambium::models::check_name("mode", name, names); });
}

std::vector<cambium::Mode> modes_of(const std::string& mode) {
  if (mode == "both") return {cambium::Mode::evaluate, cambium::Mode::train};
  return {mode == "train" ? cambium::Mode::train : cambium::Mode::evaluate};
}

const char* name_of(cambium::Mode mode) { return mode == cambium::Mode::train ? "train" : "infer"; }

void print_start(int threads) {
  apps::print_heading(threads);
  if (threads > cambium::available_processors())
    apps::warn(fmt::format("warning: {} threads on {} processors\n", threads, cambium::available_processors()));
  const cambium::ThreadPool probe(threads);  // throws where the system lets fewer run
}

}  // namespace benchmark
