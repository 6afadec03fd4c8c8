// Scale and shift are a layer of their own. What do they add behind a norm, and what can they do alone, in front of convolutions
// that stay as they were drawn (Frankle, Schwab, Morcos 2021, "Training BatchNorm and Only BatchNorm")?
//
//   y = gamma x + beta for each channel;  zeros = share of the outputs of all rectifiers that are 0, over the test set
#include <fmt/format.h>

#include "apps/common/named.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/training.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/conv2d.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/pooling/max_pool2d.h"
#include "cambium/layers/shape/flatten.h"

namespace compare_norms {
namespace {

using namespace cambium;

constexpr int batch = 32;

struct Kind {
  const char* name;
  bool frozen;  // the linear layers
  Chain (*norm)();
};
const std::vector<Kind> kinds{{"batch_norm", false, [] { return Chain(BatchNorm()); }},
                              {"batch_norm + affine", false, [] { return Chain(BatchNorm(), Affine()); }},
                              {"affine alone", false, [] { return Chain(Affine()); }},
                              {"batch_norm + affine, the rest frozen", true, [] { return Chain(BatchNorm(), Affine()); }},
                              {"affine alone, the rest frozen", true, [] { return Chain(Affine()); }}};

// Also on the logits, since a frozen last layer would have no say of its own.
Graph network(const Kind& kind) {
  const ItemSettings settings{.freeze = kind.frozen};
  Graph graph(Shape{1, 28, 28});
  Node x = graph.input_node();
  for (const int filters : {16, 32})
    x = graph.then(x, With(settings, Conv2d(filters, {.kernel = 5, .bias = false})), kind.norm(), Relu(), MaxPool2d(2));
  graph.then(x, Flatten(), With(settings, Dense(10, {.bias = false})), kind.norm());
  return graph;
}

double percent_of_zeros(Training& training, const Part& part) {
  double zeros = 0, all = 0;
  const std::vector<std::string> rectifiers{"relu_1", "relu_2"};
  training.look(part, all_rows(part), {}, rectifiers, [&](std::int64_t, const ConstView&, Plan& plan) {
    for (const std::string& name : rectifiers) {
      const ConstView y = plan.output_of(name);
      for (const real value : y) zeros += value == 0 ? 1 : 0;
      all += static_cast<double>(y.size());
    }
  });
  return 100 * zeros / all;
}

std::vector<std::string> conclusions_of(const Outcome& outcome) {
  return differences(outcome, "accuracy", {{"batch_norm + affine", "batch_norm"}});
}

}  // namespace

Experiment affine(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(16000, *data), epochs = wish.epochs_of(1);
  const double rate = wish.rate_of(0.1);
  Experiment one{.name = "affine",
                 .title = "Scale and shift, a layer of its own",
                 .question = "What does it add behind a norm, and what can it do alone?"};
  one.formula = "y = gamma x + beta for each channel; zeros of all rectifiers over the test set";
  one.network = "conv 16 k5, norm, relu, pool 2, conv 32 k5, norm, relu, pool 2, dense 10, norm; no biases";
  one.training = fmt::format("{} over {} images, batches of {}, SGD at {}", passes(epochs), images, batch, rate);
  one.rows_are = "before each relu and on the logits";
  one.rows = apps::names_of(kinds);
  one.measures = {{"test accuracy, %", 1}, {"zeros behind relu, %", 1}};
  one.run = [=](int row, int, std::uint64_t seed) -> std::vector<double> {
    Training training({.graph = network(kinds[static_cast<std::size_t>(row)]),
                       .train = data->train,
                       .order = shuffled(data->train, seed, images),
                       .batch = batch,
                       .sgd = {.rate = rate},
                       .seed = seed});
    training.epochs(epochs);
    return {training.accuracy(data->test), percent_of_zeros(training, data->test)};
  };
  one.conclusions = conclusions_of;
  return one;
}

}  // namespace compare_norms
