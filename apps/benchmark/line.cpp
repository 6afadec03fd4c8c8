#include "apps/benchmark/line.h"

#include <cstdlib>
#include <optional>

#include "apps/benchmark/training.h"
#include "apps/common/console.h"
#include "apps/common/run.h"

namespace benchmark {
namespace {

struct Losses {
  double first = 0, last = 0;
};

// "peer":"cambium","variant":...; the fields that every line begins with.
std::string head(const Options& options, const char* mode) {
  return fmt::format("{{\"peer\":\"cambium\",\"variant\":\"{}\",\"workload\":\"{}\",\"batch\":{},\"threads\":{},\"mode\":\"{}\"",
                     options.variant, options.workloads[0], options.batches[0], options.threads[0], mode);
}

std::optional<double> since_start(double time) {
  const char* start = std::getenv("BENCH_T0");
  return start ? std::optional(time - std::atof(start)) : std::nullopt;
}

void print(const Options& options, const char* mode, const Timing& timing, const Losses& losses) {
  apps::say(
      "{},\"steps\":{},\"median_ms\":{:.6f},\"min_ms\":{:.6f},\"max_ms\":{:.6f},\"p99_ms\":{:.6f},"
      "\"samples_per_s\":{:.3f},\"cpu_util\":{:.3f},\"first_step_s\":{:.4f},\"peak_rss_mb\":{:.1f},"
      "\"loss_first\":{:.5f},\"loss_last\":{:.5f}}}\n",
      head(options, mode), timing.steps.size(), 1e3 * timing.median(), 1e3 * timing.steps.front(), 1e3 * timing.steps.back(),
      1e3 * timing.at(0.99), options.batches[0] / timing.median(), timing.cores, since_start(timing.first_done).value_or(0),
      peak_memory(), losses.first, losses.last);
}

}  // namespace

void print_lines(const Options& options) {
  const Workload& what = workload(options.workloads[0]);
  const Norm& with = norm(options.variant == "base" ? what.norm : options.variant);
  Subject subject(what, with, options.batches[0], options.threads[0]);
  if (options.mode != "infer") subject.graph.check(subject.batch, cambium::Mode::train);
  if (options.mode == "startup") {
    Training training(subject);
    apps::begin();
    training.step();
    apps::say("{},\"first_step_s\":{:.4f},\"peak_rss_mb\":{:.1f}}}\n", head(options, "startup"), since_start(now()).value_or(-1),
              peak_memory());
    return;
  }
  if (options.mode != "train") {
    Inference inference(subject);
    apps::begin();
    print(options, "infer", time_steps(options.protocol, [&] { inference.step(); }), {});
  }
  if (options.mode != "infer") {
    Training training(subject);
    apps::begin();
    Losses losses;
    bool begun = false;
    const auto step = [&] {
      losses.last = training.step();
      if (!begun) losses.first = losses.last;
      begun = true;
    };
    print(options, "train", time_steps(options.protocol, step), losses);
  }
}

}  // namespace benchmark
