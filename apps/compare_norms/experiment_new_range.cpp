// (g) A network that was trained on one range is used on another: a camera with another gain and offset. Weights that were made for
// the one do not fit the other. A norm right after the input can be let follow, in `adapt` mode: its statistics move with samples
// that nobody has labelled, and the weights stay.
//
//   lost = accuracy at home - accuracy there, in points
#include <fmt/format.h>

#include <algorithm>

#include "apps/common/named.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/training.h"

namespace compare_norms {
namespace {

struct There {
  const char* name;
  Range range;
};
const std::vector<There> places{{"0..255", {255, 0}}, {"-1..1", {2, -1}}, {"100..355", {255, 100}}};
constexpr std::int64_t most_unlabelled = 5000;

}  // namespace

Experiment new_range(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(60000, *data), epochs = wish.epochs_of(2);
  const std::int64_t unlabelled = std::min(most_unlabelled, data->train.size());
  const double rate = wish.rate_of(0.04);
  Experiment one{.name = "new_range", .title = "Taken to another range", .question = "Can a trained network be taken elsewhere?"};
  one.formula = "lost = accuracy on 0..1, as trained - accuracy there, in points";
  one.network = "norm for inputs, then 784-500-300-10 with biases and no other norm, Xavier uniform";
  one.training = fmt::format("{} over {} images of 0..1, batches of 32, SGD at {}; there {} samples without labels in adapt mode",
                             passes(epochs), images, rate, unlabelled);
  one.rows = input_norms();
  one.columns_are = "pixels there", one.columns = apps::names_of(places);
  one.measures = {{"lost after adapting, points", 2}, {"lost at once, points", 2}, {"accuracy at home, %", 2}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    const Range& there = places[static_cast<std::size_t>(column)].range;
    Training training({.graph = dense_stack({.widths = {500, 300}, .input = input_norm(row), .bias = true}),
                       .train = data->train,
                       .order = shuffled(data->train, seed, images),
                       .sgd = {.rate = rate},
                       .seed = seed});
    training.epochs(epochs);
    const double home = training.accuracy(data->test, {}), at_once = training.accuracy(data->test, there);
    training.adapt(data->train, shuffled(data->train, seed + 1000, unlabelled)(0), there);
    return {home - training.accuracy(data->test, there), home - at_once, home};
  };
  return one;
}

}  // namespace compare_norms
