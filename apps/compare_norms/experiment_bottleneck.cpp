// (e) One class in a hundred, in the middle of an autoencoder.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "cambium/framework/base/random.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/shape/flatten.h"

namespace compare_norms {
namespace {

using namespace cambium;

struct AtBottleneck {
  const char* name;
  Chain (*layers)();
};
const std::vector<AtBottleneck> norms{{"none", [] { return Chain(); }},
                                      {"batch_norm", [] { return Chain(BatchNorm()); }},
                                      {"online_norm", [] { return Chain(OnlineNorm()); }},
                                      {"layer_norm", [] { return Chain(LayerNorm()); }}};
constexpr int batch = 100, width = 10;

Graph autoencoder(const Chain& norm) {
  Graph graph(Shape{1, 28, 28});
  Node x = graph.then(graph.input_node(), Flatten(), Dense(100), Relu(), Dense(width), norm);
  x = graph.then(x, Named("decoder", Dense(100)), Relu(), Dense(784));
  return graph;
}

constexpr int patterns = 16;

// One picture of each class in turn, drawn with the seed; the first of them is rare.
Rows pictures_of(const Part& part, std::uint64_t seed) {
  const std::vector<Rows> of_class = rows_by_class(part.labels);
  const Random random = Random(seed).of(part_of_name("patterns"));
  Rows rows;
  for (std::uint64_t i = 0; i < patterns; ++i) {
    const Rows& all = of_class[(seed + i) % 10];
    rows.push_back(all[random.below(i, all.size())]);
  }
  return rows;
}

Order one_in_a_hundred(const Rows& pictures, int images, std::uint64_t seed) {
  return [=](int epoch) {
    const Random random = Random(seed).of(part_of_name("mixed")).of(static_cast<std::uint64_t>(epoch));
    Rows order;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(images); ++i)
      order.push_back(random.below(2 * i, 100) == 0 ? pictures[0] : pictures[1 + random.below(2 * i + 1, patterns - 1)]);
    return order;
  };
}

struct Seen {
  double rare_error = 0, common_error = 0, rare_amplitude = 0, common_amplitude = 0;
};

Seen look_at(Training& training, const Part& part, const Rows& pictures) {
  const auto share = [](int i) { return i == 0 ? 0.01 : 0.99 / (patterns - 1); };
  Seen seen;
  training.look(part, pictures, {}, {"decoder"}, [&](std::int64_t, const ConstView& x, Plan& plan) {
    const ConstView z = plan.input_of("decoder"), y = plan.output();
    std::vector<double> mean(width);
    for (int i = 0; i < patterns; ++i)
      for (int j = 0; j < width; ++j) mean[static_cast<std::size_t>(j)] += share(i) * static_cast<double>(z.row(i)[j]);
    for (int i = 0; i < patterns; ++i) {
      double square = 0, largest = 0;
      for (int k = 0; k < 784; ++k) square += std::pow(static_cast<double>(y.row(i)[k]) - static_cast<double>(x.row(i)[k]), 2);
      for (int j = 0; j < width; ++j)
        largest = std::max(largest, std::fabs(static_cast<double>(z.row(i)[j]) - mean[static_cast<std::size_t>(j)]));
      (i == 0 ? seen.rare_error : seen.common_error) += square / 784 / (i == 0 ? 1 : patterns - 1);
      (i == 0 ? seen.rare_amplitude : seen.common_amplitude) += largest / (i == 0 ? 1 : patterns - 1);
    }
  });
  return seen;
}

}  // namespace

Experiment bottleneck(std::shared_ptr<const Data> data, const Wish& wish) {
  const int images = wish.images_of(20000, *data), epochs = wish.epochs_of(5);
  const double rate = wish.rate_of(5);
  Experiment one{.name = "bottleneck", .title = "A rare class at the bottleneck", .question = "?"};
  one.network = "?";
  one.training = fmt::format("{} over {} images, batches of {}, SGD at {}", passes(epochs), images, batch, rate);
  for (const AtBottleneck& row : norms) one.rows.push_back(row.name);
  one.measures = {{"error rare", 5}, {"error common", 5}, {"amplitude rare", 3}, {"amplitude common", 3}, {"loss", 5}};
  one.run = [=](int row, int, std::uint64_t seed) -> std::vector<double> {
    const Rows pictures = pictures_of(data->train, seed);
    Training training({.graph = autoencoder(norms[static_cast<std::size_t>(row)].layers()),
                       .train = data->train,
                       .order = one_in_a_hundred(pictures, images, seed),
                       .batch = batch,
                       .sgd = {.rate = rate, .momentum = 0.9},
                       .seed = seed,
                       .reconstruct = true});
    training.epochs(epochs);
    const Seen seen = look_at(training, data->train, pictures);
    return {seen.rare_error, seen.common_error, seen.rare_amplitude, seen.common_amplitude, training.loss()};
  };
  return one;
}

}  // namespace compare_norms
