// (f) Pixels between 0 and 1, or 0 and 255, or whatever a file happens to hold. A network without normalization sees another
// problem each time, and its rate fits one of them. With a norm right after the input it sees the same one: what comes out does not
// depend on the range.
//
//   x' = factor x + shift  =>  (x' - mean') / sigma' = (x - mean) / sigma
#include <fmt/format.h>

#include <algorithm>

#include "apps/common/named.h"
#include "apps/compare_norms/experiments.h"
#include "apps/compare_norms/networks.h"
#include "apps/compare_norms/training.h"

namespace compare_norms {
namespace {

struct Written {
  const char* name;
  Range range;
};
const std::vector<Written> ranges{
    {"0..1/255", {1.0 / 255, 0}}, {"0..1", {}}, {"-1..1", {2, -1}}, {"0..255", {255, 0}}, {"0..65535", {65535, 0}}};

std::vector<std::string> conclusions_of(const Outcome& outcome) {
  const Experiment& one = outcome.experiment();
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < one.rows.size(); ++row) {
    std::vector<double> means;
    for (std::size_t column = 0; column < one.columns.size(); ++column)
      if (const Spread spread = outcome.spread(static_cast<int>(row), static_cast<int>(column), 0); spread.count > 0)
        means.push_back(spread.mean);
    if (means.empty()) continue;
    const auto [least, most] = std::ranges::minmax(means);
    lines.push_back(fmt::format("{}: over the ranges, means from {:.2f} to {:.2f}, {:.2f} points apart", one.rows[row], least, most,
                                most - least));
  }
  return lines;
}

}  // namespace

Experiment pixel_range(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images_of(60000, *data), epochs = wish.epochs_of(2);
  const double rate = wish.rate_of(0.04);
  Experiment one{.name = "pixel_range", .title = "Pixels in any range", .question = "Does it matter how pixels are written down?"};
  one.formula = "(x - mean) / sigma is the same for x and for factor x + shift";
  one.network = "norm for inputs, then 784-500-300-10 with biases and no other norm, Xavier uniform";
  one.training = fmt::format("{} over {} images, batches of 32, SGD at {}, the same for all ranges", passes(epochs), images, rate);
  one.rows = input_norms();
  one.columns_are = "pixels", one.columns = apps::names_of(ranges);
  one.measures = {{"test accuracy, %", 2}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    Training training({.graph = dense_stack({.widths = {500, 300}, .input = input_norm(row), .bias = true}),
                       .train = data->train,
                       .order = shuffled(data->train, seed, images),
                       .sgd = {.rate = rate},
                       .seed = seed,
                       .range = ranges[static_cast<std::size_t>(column)].range});
    training.epochs(epochs);
    return {training.accuracy(data->test)};
  };
  one.conclusions = conclusions_of;
  return one;
}

}  // namespace compare_norms
