// Tests a model that train has written on a set of the same kind, without the program that made it.
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/common/scores.h"
#include "apps/common/test.h"
#include "apps/evaluate/json.h"
#include "apps/evaluate/learnt.h"
#include "apps/evaluate/options.h"
#include "apps/evaluate/sets.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/optimizers/sgd.h"

namespace {

using namespace cambium;
using evaluate::Options;

int run(const Options& options) {
  const apps::ModelDescription model = apps::description_of(options.model);
  Trainer trainer(apps::graph_of(model, options.model), apps::losses_for(model.names_classes(), model.error_bars), Sgd(),
                  {.threads = options.threads});
  load_weights(trainer.weights(), options.model);
  const std::shared_ptr<const Dataset> set = evaluate::load_set(model, options);

  apps::Test test{trainer, *set, {model.target_mean, model.target_deviation}, options.worst};
  if (model.error_bars) test.error_bar_factor = model.error_bar_factor;
  if (!options.json && !options.quiet) apps::say("{}: {}\n", shown(options.set), set->describe());
  apps::warn(evaluate::warning_of_learnt(options.model, evaluate::place_of_set(model, options.set), set->size()));
  const Metrics metrics = apps::metrics_of(test);
  apps::begin();
  if (options.json) {
    apps::write(evaluate::json_of(options, test, metrics));
  } else {
    if (!options.quiet) apps::print_classes(metrics, *set);
    apps::print_mistakes(test);
    apps::say("{}\n", apps::test_score(metrics));
  }
  if (!std::isfinite(metrics.loss)) throw Error("the loss on the test samples is not finite", "a model whose training went well");
  return 0;
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<Options> options = evaluate::read_options(words);
  return options ? run(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("evaluate", argc, argv, read_and_run); }
