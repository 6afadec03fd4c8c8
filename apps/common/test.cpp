#include "apps/common/test.h"

#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/error_bars.h"
#include "apps/common/scores.h"
#include "apps/common/worst.h"
#include "cambium/framework/training/gaussian_likelihood.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"

namespace apps {

using namespace cambium;

Losses losses_for(bool classes, bool error_bars) {
  if (classes) return SoftmaxCrossEntropy();
  if (error_bars) return GaussianLikelihood();
  return SquaredError();
}

Metrics metrics_of(const Test& test) {
  Metrics metrics = test.trainer.evaluate(test.set);
  metrics.mean_absolute_error *= test.scale.deviation, metrics.root_mean_squared_error *= test.scale.deviation;
  return metrics;
}

void print_classes(const Metrics& metrics, const Dataset& set) {
  constexpr int most = 20;  // columns of a table that one can read
  if (metrics.classes == 0) return;
  const std::vector<std::string> names = set.class_names();
  if (metrics.classes <= most) say("\n{}", metrics.confusion_table(names));
  say("\n{}\n", metrics.class_table(names));
}

void print_mistakes(const Test& test) {
  if (test.worst > 0) {
    std::string lines;
    for (const Mistake& mistake : worst_mistakes(test.trainer, test.set, test.worst, test.scale)) lines += line_of(mistake);
    write(lines.empty() ? "no mistakes on the test set\n" : "the worst mistakes on the test set:\n" + lines);
  }
  if (test.error_bar_factor)
    say("within two deviations of the prediction: {}\n",
        percent(within_error_bars(test.trainer, test.set, *test.error_bar_factor)));
}

}  // namespace apps
