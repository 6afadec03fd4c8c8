#include "cambium/models/recipe.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/optimizers/adam.h"
#include "cambium/optimizers/adamw.h"
#include "cambium/optimizers/sgd.h"

namespace cambium::models {

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names{"sgd", "momentum", "nesterov", "adam", "adamw"};
  return names;
}

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names{"constant", "step", "cosine", "one_cycle"};
  return names;
}

void check_name(const std::string& what, const std::string& name, const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(fmt::format("no {} is named '{}'{}", what, name, did_you_mean(name, names)),
                fmt::format("{}", fmt::join(names, ", ")));
}

Schedule make_schedule(const std::string& name) {
  check_name("schedule", name, schedule_names());
  if (name == "step") return schedule::milestones({.at = {1 / 3., 2 / 3.}});
  if (name == "cosine") return schedule::cosine();
  if (name == "one_cycle") return schedule::one_cycle({.warm = 0.25});
  return schedule::constant();
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, double rate, const std::string& schedule) {
  check_name("optimizer", name, optimizer_names());
  const Schedule s = make_schedule(schedule);
  if (name == "sgd") return std::make_unique<Sgd>(SgdOptions{.rate = rate, .schedule = s});
  if (name == "momentum") return std::make_unique<Sgd>(SgdOptions{.rate = rate, .momentum = 0.9, .schedule = s});
  if (name == "nesterov") return std::make_unique<Sgd>(SgdOptions{.rate = rate, .momentum = 0.9, .nesterov = true, .schedule = s});
  if (name == "adam") return std::make_unique<Adam>(AdamOptions{.rate = rate, .schedule = s});
  return std::make_unique<AdamW>(AdamWOptions{.rate = rate, .schedule = s});
}

double usual_rate(const std::string& optimizer) {
  check_name("optimizer", optimizer, optimizer_names());
  if (optimizer == "sgd") return 0.1;
  return optimizer == "momentum" || optimizer == "nesterov" ? 0.02 : 1e-3;
}

}  // namespace cambium::models
