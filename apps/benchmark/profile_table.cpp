#include "apps/benchmark/profile_table.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <type_traits>

#include "apps/benchmark/spread.h"
#include "apps/benchmark/trace.h"
#include "apps/benchmark/training.h"
#include "apps/benchmark/work.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "cambium/framework/planning/profile.h"

namespace benchmark {
namespace {

using cambium::PassTime;
using cambium::Profile;

// The seconds of every pass and phase in a step, all threads together; one number for each step.
class Tally {
 public:
  void add_step(const Profile& profile, double seconds) {
    ++steps_;
    whole_.push_back(seconds);
    for (const PassTime& time : profile.times())  // rows in the order of the passes, and not in that of what is prepared beforehand
      if (steps_ == 1 && time.phase != std::string_view("prepare")) place(passes_, time.name);
    for (const PassTime& time : profile.times()) of(time) += time.seconds;
  }

  // flops_of: what a step computes in a pass of this name.
  void print(const std::function<double(const std::string& pass)>& flops_of) const;

 private:
  using Key = std::pair<std::size_t, std::size_t>;  // of passes_ and phases_

  double& of(const PassTime& time) {
    std::vector<double>& seconds = seconds_[{place(passes_, time.name), place(phases_, time.phase)}];
    seconds.resize(steps_);
    return seconds.back();
  }
  static std::size_t place(std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return names.emplace_back(name), names.size() - 1;
    return static_cast<std::size_t>(found - names.begin());
  }
  double median(std::size_t pass, std::size_t phase) const {
    const auto found = seconds_.find({pass, phase});
    return found == seconds_.end() ? 0 : spread_of(found->second).median;
  }

  std::size_t steps_ = 0;
  std::vector<std::string> passes_, phases_;
  std::map<Key, std::vector<double>> seconds_;
  std::vector<double> whole_;
};

void Tally::print(const std::function<double(const std::string& pass)>& flops_of) const {
  std::size_t width = 6;
  for (const std::string& pass : passes_) width = std::max(width, pass.size());
  apps::say("\n{:<{}}", "us", width);
  for (const std::string& phase : phases_) apps::say("{:>11}", phase);
  apps::say("{:>11}{:>9}{:>10}\n", "all", "share", "GFLOP/s");

  const double whole = spread_of(whole_).median;
  std::vector<double> columns(phases_.size());
  double all = 0, all_flops = 0;
  const auto cell = [](double seconds) { return seconds == 0 ? std::string() : fmt::format("{:.1f}", 1e6 * seconds); };
  const auto print_end = [&](double sum, double flops) {
    const std::string rate = flops == 0 ? "" : fmt::format("{:>10.1f}", 1e-9 * flops / sum);
    apps::say("{:>11}{:>7.1f} %{}\n", cell(sum), 100 * sum / whole, rate);
  };
  for (std::size_t pass = 0; pass < passes_.size(); ++pass) {
    apps::say("{:<{}}", passes_[pass], width);
    double sum = 0;
    for (std::size_t phase = 0; phase < phases_.size(); ++phase) {
      const double seconds = median(pass, phase);
      apps::say("{:>11}", cell(seconds));
      sum += seconds, columns[phase] += seconds;
    }
    const double flops = flops_of(passes_[pass]);
    print_end(sum, flops);
    all += sum, all_flops += flops;
  }
  apps::say("{:<{}}", "all", width);
  for (const double seconds : columns) apps::say("{:>11}", cell(seconds));
  print_end(all, all_flops);
  apps::say("{:<{}}{:>{}.1f}\n", "step", width, 1e6 * whole, 11 * (phases_.size() + 1));
}

template <class Runs>
void profile(const Options& options, const char* mode, Trace& trace) {
  Subject subject(workload(options.workloads[0]), options.batches[0], options.threads[0]);
  Profile profile(1 << 20);
  Runs runs(subject, &profile);
  const double begin = now();
  while (now() - begin < options.protocol.warm_seconds && !apps::stopped()) profile.clear(), runs.step();
  Tally tally;
  const double start = now();
  const auto more = [&](int steps) { return now() - start < options.protocol.seconds || steps < options.protocol.steps; };
  for (int step = 0; step == 0 || (more(step) && !apps::stopped()); ++step) {
    profile.clear();
    const double before = now();
    runs.step();
    tally.add_step(profile, now() - before);
  }
  apps::say("\n{} {}, batch {}, {} thread{}\n", options.workloads[0], mode, options.batches[0], options.threads[0],
            options.threads[0] == 1 ? "" : "s; the times of all threads together");
  if (profile.full()) apps::say("a step has too many parts: the last of them are missing here\n");
  tally.print([&](const std::string& pass) {
    const Work work = work_of(subject.graph, pass);
    return subject.batch * (std::is_same_v<Runs, Training> ? work.training : work.forward);
  });
  trace.add(mode, profile.times());
}

}  // namespace

void print_profile(const Options& options) {
  Trace trace(options.trace);
  const Workload& what = workload(options.workloads[0]);
  const cambium::Graph graph = what.model();
  if (options.mode != "infer") graph.check(options.batches[0], cambium::Mode::train);
  const Work work = work_of(graph);
  apps::say("{}: {}; {} parameters, {:.3f} MFLOP forward and {:.3f} MFLOP in training for a sample\n", what.name, what.about,
            cambium::Weights(graph).parameters(), 1e-6 * work.forward, 1e-6 * work.training);
  apps::begin();
  if (options.mode != "train") profile<Inference>(options, "infer", trace);
  if (options.mode != "infer") profile<Training>(options, "train", trace);
  trace.write();
}

}  // namespace benchmark
