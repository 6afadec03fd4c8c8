// One measurement in one process, told in one line of JSON: how programs of several frameworks are compared side by side.
#include <cstdlib>
#include <memory>
#include <optional>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/benchmark/timing/subject.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"

namespace benchmark {
namespace {

using cambium::Mode;

struct LineOptions {
  Cell cell{"W1"};
  std::string mode = "both", variant = "base";
  Protocol protocol;
};

// "peer":"cambium","variant":...; the fields that every line begins with.
std::string head(const LineOptions& options, const char* mode) {
  return fmt::format("{{\"peer\":\"cambium\",\"variant\":\"{}\",\"workload\":\"{}\",\"batch\":{},\"threads\":{},\"mode\":\"{}\"",
                     options.variant, options.cell.workload, options.cell.batch, options.cell.threads, mode);
}

// Since BENCH_T0, an environment variable: seconds on the monotonic clock.
std::optional<double> since_start(double time) {
  const char* start = std::getenv("BENCH_T0");
  return start ? std::optional(time - std::atof(start)) : std::nullopt;
}

void print_first_step(const LineOptions& options, const Norm& norm) {
  Subject subject(options.cell, norm, Mode::train);
  apps::begin();
  subject.step();
  apps::say("{},\"first_step_s\":{:.4f},\"peak_rss_mb\":{:.1f}}}\n", head(options, "startup"), since_start(now()).value_or(-1),
            peak_memory());
}

void print_steps(const LineOptions& options, const Norm& norm, Mode mode) {
  Subject subject(options.cell, norm, mode);
  apps::begin();
  double loss = 0;
  std::optional<double> first_loss;
  const Timing timing = time_steps(options.protocol, [&] {
    loss = subject.step();
    if (!first_loss) first_loss = loss;
  });
  if (apps::stopped()) return;
  apps::say(
      "{},\"steps\":{},\"median_ms\":{:.6f},\"min_ms\":{:.6f},\"max_ms\":{:.6f},\"p99_ms\":{:.6f},"
      "\"samples_per_s\":{:.3f},\"cpu_util\":{:.3f},\"first_step_s\":{:.4f},\"peak_rss_mb\":{:.1f},"
      "\"loss_first\":{:.5f},\"loss_last\":{:.5f}}}\n",
      head(options, name_of(mode)), timing.steps.count(), 1e3 * timing.steps.median(), 1e3 * timing.steps.least(),
      1e3 * timing.steps.most(), 1e3 * timing.steps.at(0.99), options.cell.batch / timing.steps.median(), timing.cores,
      since_start(timing.first_done).value_or(0), peak_memory(), *first_loss, loss);
}

// The memory of one mode is given back before the other begins.
void print_lines(const LineOptions& options) {
  const Workload& what = workload(options.cell.workload);
  const Norm& with = norm(options.variant == "base" ? what.norm : options.variant);
  if (options.mode != "infer") what.model(with).check(options.cell.batch, Mode::train);
  if (options.mode == "startup") return print_first_step(options, with);
  for (const Mode mode : modes_of(options.mode))
    if (!apps::stopped()) print_steps(options, with, mode);
}

}  // namespace

Run declare_line(CLI::App& app) {
  const auto options = std::make_shared<LineOptions>();
  add_cell(app, options->cell);
  add_mode(app, options->mode, {"train", "infer", "both", "startup"});
  app.add_option("--variant", options->variant, "base, or a norm in place of the model's own")
      ->option_text("NAME [base]")
      ->each([](const std::string& name) {
        if (name != "base") norm(name);
      });
  add_protocol(app, options->protocol);
  return [options] { print_lines(*options); };
}

}  // namespace benchmark
