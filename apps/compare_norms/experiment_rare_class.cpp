// (e) One class in a hundred. A norm on the logits, "near the categorical output layer", gives every class's output the same spread
// over the data; so the output of a class that is seldom right stands the higher when it is: by sqrt((1 - p) / p) deviations, 10
// for one in a hundred against 3 for one in ten. What that does to how often the rare class is found is the question.
//
//   recall of c = right answers among test samples of class c;  all classes are as frequent in the test set as it has them
//   stands out  = mean logit of the rare class on its own samples / the mean of the others on theirs
#include <fmt/format.h>

#include "apps/common/named.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/training.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/with_affine.h"

namespace compare_norms {
namespace {

using namespace cambium;

struct OnLogits {
  const char* name;
  Chain (*layers)();
};
const std::vector<OnLogits> rows{{"none", [] { return Chain(); }},
                                 {"batch_norm", [] { return Chain(BatchNorm()); }},
                                 {"batch_norm + affine", [] { return with_affine(BatchNorm()); }},
                                 {"online_norm", [] { return Chain(OnlineNorm()); }},
                                 {"online_norm + affine", [] { return with_affine(OnlineNorm()); }},
                                 {"layer_norm + affine", [] { return with_affine(LayerNorm()); }}};
constexpr int batch = 128;

}  // namespace

Order with_rare(const Part& part, int images, int rare, std::uint64_t seed) {
  const Order all = shuffled(part, seed, images);
  const std::vector<int>& labels = part.labels;
  std::vector<bool> left_out(static_cast<std::size_t>(images));
  std::int64_t others = 0, kept = 0;
  for (int i = 0; i < images; ++i) others += labels[static_cast<std::size_t>(i)] == rare ? 0 : 1;
  for (int i = 0; i < images; ++i)
    if (labels[static_cast<std::size_t>(i)] == rare) left_out[static_cast<std::size_t>(i)] = kept++ >= others / 99;
  return [=](int epoch) {
    Rows taken = all(epoch);
    std::erase_if(taken, [&](std::int64_t row) { return left_out[static_cast<std::size_t>(row)]; });
    return taken;
  };
}

namespace {

double stands_out(Training& training, const Part& test, int rare) {
  double of_rare = 0, of_others = 0, rare_count = 0, other_count = 0;
  training.look(test, all_rows(test), {}, {}, [&](std::int64_t first, const ConstView&, Plan& plan) {
    const ConstView y = plan.output();
    for (int i = 0; i < y.batch; ++i) {
      const int label = test.labels[static_cast<std::size_t>(first + i)];
      const double own = static_cast<double>(y.row(i)[label]);
      (label == rare ? of_rare : of_others) += own;
      (label == rare ? rare_count : other_count) += 1;
    }
  });
  return of_rare / rare_count / (of_others / other_count);
}

std::vector<std::string> conclusions_of(const Outcome& outcome) {
  std::vector<PairOfRows> pairs;
  for (const std::string& name : outcome.experiment().rows)
    if (name != "none") pairs.emplace_back(name, "none");
  return differences(outcome, "recall of the rare class", pairs);
}

}  // namespace

Experiment rare_class(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(20000, *data), epochs = wish.epochs_of(3);
  const double rate = wish.rate_of(0.1);
  Experiment one{
      .name = "rare_class", .title = "One class in a hundred", .question = "Does a norm on the logits help what is rare?"};
  one.formula = "recall = right answers among the test samples of the class";
  one.network = "784-500-300-10, no biases, Xavier uniform, no norm but that on the logits";
  one.training = fmt::format("{} over {} images less 9 in 10 of one class (that of the seed), batches of {}, SGD at {}",
                             passes(epochs), images, batch, rate);
  one.rows = apps::names_of(rows);
  one.measures = {{"recall of the rare class, %", 1}, {"accuracy, %", 1}, {"its logit stands out by", 2}};
  one.run = [=](int row, int, std::uint64_t seed) -> std::vector<double> {
    const int rare = static_cast<int>(seed % 10);
    Training training({.graph = dense_stack({.widths = {500, 300}, .output = rows[static_cast<std::size_t>(row)].layers()}),
                       .train = data->train,
                       .order = with_rare(data->train, images, rare, seed),
                       .batch = batch,
                       .sgd = {.rate = rate},
                       .seed = seed});
    training.epochs(epochs);
    return {training.recalls(data->test)[static_cast<std::size_t>(rare)], training.accuracy(data->test),
            stands_out(training, data->test, rare)};
  };
  one.conclusions = conclusions_of;
  return one;
}

}  // namespace compare_norms
