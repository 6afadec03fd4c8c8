#include "apps/train/page/layer_times.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <numeric>
#include <string_view>

#include "apps/common/clock.h"
#include "apps/train/page/samples.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/planning/profile.h"
#include "cambium/models/recipe.h"

namespace train {
namespace {

using namespace cambium;

double& part_of(LayerTime& time, std::string_view phase) {
  if (phase == "update") return time.update;
  return phase.find("back") != phase.npos || phase == "recompute" ? time.backward : time.forward;
}

// The times of one step, in the order in which ops first come.
void add_step(const Profile& profile, std::vector<std::string>& names, std::map<std::string, std::vector<LayerTime>>& steps) {
  std::map<std::string, LayerTime> step;
  for (const PassTime& time : profile.times()) {
    const std::string name(time.name);
    if (!steps.contains(name) && time.phase != std::string_view("pack")) names.push_back(name), steps[name];  // that comes first
    part_of(step[name], time.phase) += 1000 * time.seconds;
  }
  for (const auto& [name, time] : step) steps[name].push_back(time);
}

double median(const std::vector<LayerTime>& steps, double LayerTime::*part) {
  std::vector<double> values;
  for (const LayerTime& step : steps) values.push_back(step.*part);
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

}  // namespace

std::vector<LayerTime> layer_times(const Options& options, const Graph& graph, const Weights& weights, const Dataset& training) {
  const int batch = static_cast<int>(std::min<std::int64_t>(options.recipe.batch, training.size()));
  std::vector<std::int64_t> rows(static_cast<std::size_t>(batch));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Inputs inputs = inputs_of(training, rows);
  Profile profile;
  Weights copy = weights.copy();
  Plan plan(graph, copy, {.batch = batch, .mode = Mode::train, .profile = &profile});
  const std::unique_ptr<Optimizer> optimizer = models::make_optimizer(options.recipe.optimizer, 1e-6, "constant");

  std::vector<std::string> names;
  std::map<std::string, std::vector<LayerTime>> steps;
  constexpr double seconds = 0.2;  // and never fewer than three steps, of which the first only warms up
  const double start = apps::now();
  for (int step = 0; step < 3 || (apps::now() - start < seconds && step < 200); ++step) {
    profile.clear();
    plan.forward(inputs.view());
    const View gradient = plan.output_gradient();
    std::fill(gradient.begin(), gradient.end(), static_cast<real>(1e-3 / batch));
    plan.backward(optimizer.get());
    if (step > 0 && !profile.full()) add_step(profile, names, steps);
  }
  std::vector<LayerTime> times;
  for (const std::string& name : names) {
    const std::vector<LayerTime>& all = steps[name];
    times.push_back({name, median(all, &LayerTime::forward), median(all, &LayerTime::backward), median(all, &LayerTime::update)});
  }
  return times;
}

}  // namespace train
