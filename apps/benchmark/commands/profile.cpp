// Where the time of a step goes, pass by pass: one table for each mode, and one step of each as a trace.
#include "cambium/framework/planning/profile.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "apps/benchmark/commands/commands.h"
#include "apps/benchmark/commands/shared.h"
#include "apps/benchmark/commands/trace.h"
#include "apps/benchmark/timing/subject.h"
#include "apps/benchmark/workloads/work.h"
#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"

namespace benchmark {
namespace {

using cambium::Mode;
using cambium::PassTime;
using cambium::Profile;

struct ProfileOptions {
  Cell cell{"W4"};
  std::string mode = "both", trace;  // trace: a file, or nothing
  Protocol protocol;
};

// The seconds of every pass and phase in a step, all threads together; one number for each step.
class Tally {
 public:
  void add_step(const Profile& profile, double seconds) {
    ++steps_;
    whole_.push_back(seconds);
    for (const PassTime& time : profile.times())  // packing comes before all passes, and must not give the rows their order
      if (steps_ == 1 && time.phase != std::string_view("pack")) place(passes_, time.name);
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
    return found == seconds_.end() ? 0 : Spread(found->second).median();
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

  const double whole = Spread(whole_).median();
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

void profile_mode(const ProfileOptions& options, Mode mode, Trace& trace) {
  Profile profile(1 << 20);
  Subject subject(options.cell, norm(workload(options.cell.workload).norm), mode, &profile);
  const double begin = now();
  while (now() - begin < options.protocol.warm_seconds && !apps::stopped()) profile.clear(), subject.step();
  Tally tally;
  const double start = now();
  const auto more = [&](int steps) { return now() - start < options.protocol.seconds || steps < options.protocol.steps; };
  for (int step = 0; step == 0 || (more(step) && !apps::stopped()); ++step) {
    profile.clear();
    const double before = now();
    subject.step();
    tally.add_step(profile, now() - before);
  }
  const int threads = options.cell.threads;
  apps::say("\n{} {}, batch {}, {}{}\n", options.cell.workload, name_of(mode), options.cell.batch, apps::counted(threads, "thread"),
            threads == 1 ? "" : "; the times of all threads together");
  if (profile.full()) apps::say("a step has too many parts: the last of them are missing here\n");
  tally.print([&](const std::string& pass) {
    const Work work = work_of(subject.graph(), pass);
    return options.cell.batch * (mode == Mode::train ? work.training : work.forward);
  });
  trace.add(name_of(mode), profile.times());
}

void print_profile(const ProfileOptions& options) {
  print_start(options.cell.threads);
  Trace trace(options.trace);
  const Workload& what = workload(options.cell.workload);
  const cambium::Graph graph = what.model();
  if (options.mode != "infer") graph.check(options.cell.batch, Mode::train);
  const Work work = work_of(graph);
  apps::say("{}: {}; {} parameters, {:.3f} MFLOP forward and {:.3f} MFLOP in training for a sample\n", what.name, what.about,
            cambium::Weights(graph).parameters(), 1e-6 * work.forward, 1e-6 * work.training);
  apps::begin();
  for (const Mode mode : modes_of(options.mode)) profile_mode(options, mode, trace);
  trace.write();
}

}  // namespace

Run declare_profile(CLI::App& app) {
  const auto options = std::make_shared<ProfileOptions>();
  add_cell(app, options->cell);
  add_mode(app, options->mode, {"train", "infer", "both"});
  apps::add_name(app, "--trace", options->trace, "FILE.json", "also write one step as a Chrome trace");
  add_protocol(app, options->protocol);
  return [options] { print_profile(*options); };
}

}  // namespace benchmark
