// What a statistic with a memory of n samples is off by, while the network learns: with few it is noisy, with many it is about
// weights that are no more. The nodes are those of a layer without norm; online norms of different memory listen to them.
#include "apps/gallery/staleness.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "apps/common/signals.h"
#include "apps/gallery/drawing.h"
#include "apps/gallery/fed.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/optimizers/sgd.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr int nodes = 32, batch = 16, samples = 16000, probes = 1000, every = 25;  // steps between two looks
const std::string watched = "dense_2";

Graph network() { return Sequential(Shape{1, 28, 28}, Flatten(), Dense(64), Relu(), Dense(nodes), Relu(), Dense(10)); }

struct Listener {
  double alpha;
  std::unique_ptr<Fed> norm;
  double sum = 0;  // of squared errors of the mean, in deviations
};

std::vector<Listener> listeners() {
  std::vector<Listener> all;
  for (const double memory : {5.0, 16.0, 50.0, 160.0, 500.0, 1600.0, 5000.0, 16000.0}) {
    const double alpha = 1 - 1 / memory;
    const Sequential norm(Shape{nodes}, OnlineNorm({.alpha = alpha}));
    all.push_back({alpha, std::make_unique<Fed>(norm, PlanOptions{.batch = batch, .mode = Mode::adapt})});
  }
  return all;
}

// By the weights of this moment: mean and deviation of each node over samples that were put aside.
void look(const Values& now, std::vector<Listener>& all) {
  for (int c = 0; c < nodes; ++c) {
    const Values values = column(now, nodes, as_size(c));
    const double mean = mean_of(values), deviation = deviation_of(values);
    for (Listener& one : all) one.sum += std::pow((one.norm->state("online_norm_1.mean", as_size(c)) - mean) / deviation, 2);
  }
}

Values errors(const Setting& setting, std::vector<Listener>& all) {
  const Graph graph = network();
  Weights weights(graph, setting.seed);
  Plan plan(graph, weights, {.batch = batch, .mode = Mode::train, .threads = setting.threads, .observe = {watched}});
  Plan now(graph, weights, {.batch = probes, .threads = setting.threads, .observe = {watched}, .stop = watched});
  Sgd sgd({.rate = 0.1});
  const SoftmaxCrossEntropy loss;
  const MemoryDataset train = digits(Split::train, {.count = samples, .seed = setting.seed, .threads = setting.threads});
  const MemoryDataset aside = digits(Split::test, {.count = probes, .seed = setting.seed, .threads = setting.threads});
  std::vector<real> probe;
  for (const Batch& one : aside.stream({.batch = probes, .shuffle = false})) probe.assign(one.x().begin(), one.x().end());
  int step = 0, looks = 0;
  for (const Batch& one : train.stream({.batch = batch, .seed = setting.seed})) {
    if (apps::stopped()) break;
    loss.evaluate(plan.forward(one.x()), one.target(), plan.output_gradient());
    for (Listener& listener : all) listener.norm->feed(values_of(plan.output_of(watched)));
    plan.backward(&sgd);
    if (++step % every != 0) continue;
    look(values_of(now.forward(ConstView{probe.data(), Shape{1, 28, 28}, probes})), all), ++looks;
  }
  return made(all.size(), [&](std::size_t i) { return std::sqrt(all[i].sum / (nodes * std::max(1, looks))); });
}

}  // namespace

Shown staleness(const Setting& setting) {
  std::vector<Listener> all = listeners();
  const Values error = errors(setting, all);
  const Values memory = made(all.size(), [&](std::size_t i) { return 1 / (1 - all[i].alpha); });
  const auto best = static_cast<std::size_t>(std::ranges::min_element(error) - error.begin());
  plot::Panel panel("error of the mean, while the network learns");
  panel.x({.label = "memory 1 / (1 - alpha), in samples", .logarithmic = true});
  panel.y({.label = "root mean square error, in deviations", .logarithmic = true}).wide();
  panel.line(memory, error, {.colour = after}).scatter(memory, error, {.colour = after, .size = 4});
  return {.figure = plot::Figure({panel}, 1),
          .caption =
              "Online norms of different memory listen to the same 32 nodes of a network in training, and what they take for "
              "a node's mean is compared with what it is by the weights of that moment. A short memory is noisy, and a long "
              "one is about weights that are no more.",
          .formula = "mean = alpha mean + (1 - alpha) x, a memory of 1 / (1 - alpha) samples",
          .measured = {{"error at 5 samples", error.front()},
                       {"least error", error[best]},
                       {"samples at the least error", memory[best]},
                       {"error at 16,000 samples", error.back()}}};
}

}  // namespace gallery
