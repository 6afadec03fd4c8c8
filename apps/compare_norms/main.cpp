// One network, every normalizer, one table: what they do to learning, in experiments that each ask one question.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/clock.h"
#include "apps/common/console.h"
#include "apps/common/heading.h"
#include "apps/common/named.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/options.h"
#include "apps/compare_norms/picture.h"
#include "apps/compare_norms/report.h"
#include "apps/compare_norms/runner.h"
#include "apps/compare_norms/table.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/files/atomic_file.h"

namespace {

using namespace compare_norms;

int images_needed(const Options& options) {
  int most = 0;
  for (const std::string& name : options.experiments) most = std::max(most, apps::named("experiment", name, experiments()).images);
  if (options.wish.quick) most = std::min(most, 6000);
  return std::max(most, options.wish.images.value_or(0));
}

void write_file(const std::string& path, const std::string& text) {
  cambium::AtomicFile file(path, text.size());
  file.write(text.data(), text.size());
  file.commit();
}

// What is there, also when a signal has ended it early.
void write_files(const Options& options, const std::vector<const Outcome*>& outcomes, const std::string& data) {
  if (!options.csv.empty()) {
    std::string csv = csv_heading();
    for (const Outcome* outcome : outcomes) csv += csv_of(*outcome);
    write_file(options.csv, csv);
  }
  if (!options.svg.empty()) {
    std::vector<cambium::plot::Panel> panels;
    for (const Outcome* outcome : outcomes) std::ranges::move(panels_of(*outcome, true), std::back_inserter(panels));
    cambium::plot::Figure(std::move(panels), 2).save(options.svg);
  }
  if (!options.report.empty()) page_of(outcomes, data, options.command).save(options.report);
}

std::vector<Outcome> outcomes_of(const Options& options, const std::shared_ptr<const Data>& data) {
  std::vector<Experiment> all;
  for (const std::string& name : options.experiments)
    all.push_back(apps::named("experiment", name, experiments()).make(data, options.wish));
  check_wishes(all, options.wish);
  std::vector<Outcome> outcomes;
  for (const Experiment& one : all) {
    const int own = apps::named("experiment", one.name, experiments()).seeds;
    const int seeds = options.seeds > 0 ? options.seeds : options.wish.quick ? 1 : own;
    outcomes.emplace_back(narrowed(one, options.wish), seeds);
  }
  return outcomes;
}

void show(Outcome& outcome, const Data& data, int threads) {
  print_start(outcome, data);
  Progress progress(outcome);
  const double start = apps::now();
  run(outcome, threads, [&](const Ended& ended) { progress.after(ended); });
  print_end(outcome);
  apps::say("{:.1f} s\n", apps::now() - start);
}

int run(const Options& options) {
  for (const std::string& path : {options.csv, options.svg, options.report})
    if (!path.empty()) cambium::AtomicFile probe(path);
  const auto data = std::make_shared<const Data>(load(options.data, images_needed(options), options.wish.quick ? 1000 : 10000));
  std::vector<Outcome> outcomes = outcomes_of(options, data);
  apps::print_heading(options.threads);
  apps::begin();
  const int threads = options.threads > 0 ? options.threads : cambium::available_processors();
  std::vector<const Outcome*> shown;
  for (Outcome& outcome : outcomes) {
    if (apps::stopped()) break;
    shown.push_back(&outcome);
    show(outcome, *data, threads);
    write_files(options, shown, data->name);
  }
  return apps::exit_code();
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<Options> options = read_options(words);
  if (!options) return 0;
  apps::catch_signals();
  return run(*options);
}

}  // namespace

int main(int argc, char** argv) { return apps::run("compare_norms", argc, argv, read_and_run); }
