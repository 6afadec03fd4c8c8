// A model with what suits it: how to train it, in a few names and numbers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/optimizers/schedule.h"

namespace cambium::models {

// The settings were chosen on samples held back from the training set of MNIST, never on its test set.
struct Recipe {
  std::string name;
  std::string about;  // one line
  Graph (*model)(const Shape& input, int classes) = nullptr;
  std::string optimizer = "adam";     // one of optimizer_names()
  double rate = 1e-3;                 // for `batch`: another batch size needs another rate
  std::string schedule = "constant";  // one of schedule_names()
  int batch = 64;
  int epochs = 5;
};

// sgd; momentum, nesterov: Sgd with momentum 0.9; adam; adamw: with weight decay 0.01.
const std::vector<std::string>& optimizer_names();
// constant; cosine: down to 0; one_cycle: up for a quarter of the training and then down; step: to a tenth after each third.
const std::vector<std::string>& schedule_names();

// Errors: an unknown name, with the closest one; a rate that is not above 0 and finite.
Schedule make_schedule(const std::string& name);
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, double rate, const std::string& schedule = "constant");

// The rate to begin with, when nothing better is known.
double usual_rate(const std::string& optimizer);

// Throws "no <what> is named 'x' (did you mean 'y'?)" unless `name` is one of `names`.
void check_name(const std::string& what, const std::string& name, const std::vector<std::string>& names);

}  // namespace cambium::models
