// (e) One pattern in a hundred, in the middle of an autoencoder: sixteen pictures, of which one is rare. What the bottleneck makes
// of the rare one is small, and so is what the decoder can learn from it. A norm at the bottleneck brings every unit to one scale,
// whatever the encoder's weights are; and it allows of larger rates, so rows are compared at equal budget, each at its own rate.
//
//   error     = mean (y - x)^2 over the pixels of the rare picture
//   amplitude = the largest |z_j - mean z_j| that it brings about at the bottleneck, the mean being that of the mixture
//   rate      = that of the least training loss, of those that all seeds survive
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/compare_norms/experiments.h"
#include "cambium/framework/base/random.h"
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
const std::vector<double> rates{0.03, 0.1, 0.3, 1, 3, 10};
constexpr int batch = 100, width = 16;

Graph autoencoder(const Chain& norm) {
  return Sequential(Shape{1, 28, 28}, Flatten(), Dense(width), norm, Named("decoder", Dense(784)));
}

constexpr int patterns = 16;

// One picture of each class in turn, drawn with the seed; the first of them is rare.
Rows pictures_of(const Part& part, std::uint64_t seed) {
  const std::vector<Rows> of_class = rows_by_class(part.labels, part.labels.size());
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

// The column of the least training loss among those that all seeds survive; -1: there is none.
int best_rate(const Outcome& outcome, int row) {
  int best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (int column = 0; column < static_cast<int>(outcome.experiment().columns.size()); ++column)
    if (const Spread loss = outcome.spread(row, column, 4); loss.count == outcome.seeds() && loss.mean < least)
      best = column, least = loss.mean;
  return best;
}

std::vector<std::string> at_own_rates(const Outcome& outcome) {
  const Experiment& one = outcome.experiment();
  std::vector<std::string> lines;
  const int of_first = one.rows[0] == "none" ? best_rate(outcome, 0) : -1;
  for (int row = 0; row < static_cast<int>(one.rows.size()); ++row) {
    const int column = best_rate(outcome, row);
    if (column < 0) continue;
    const auto mean = [&](int r, int c, int measure) { return outcome.spread(r, c, measure).mean; };
    std::string line =
        fmt::format("{} at {}: rare picture, error {:.4f}, amplitude {:.2f}", one.rows[static_cast<std::size_t>(row)],
                    one.columns[static_cast<std::size_t>(column)], mean(row, column, 0), mean(row, column, 1));
    if (row > 0 && of_first >= 0)
      line += fmt::format("; {:.2f} and {:.1f} times those of none", mean(row, column, 0) / mean(0, of_first, 0),
                          mean(row, column, 1) / mean(0, of_first, 1));
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

Experiment bottleneck(const std::shared_ptr<const Data>& data, const Wish& wish) {
  const int images = wish.images.value_or(wish.quick ? 4000 : 80000), epochs = wish.epochs_of(1);
  Experiment one{
      .name = "bottleneck", .title = "A rare pattern at the bottleneck", .question = "What becomes of one pattern in a hundred?"};
  one.formula = "error = mean (y - x)^2 over pixels; amplitude = max over units of |z - mean z|";
  one.network = fmt::format("784-{}-784, linear, biases, He normal, norm behind the {}", width, width);
  one.training = fmt::format(
      "{} over {} draws from {} pictures, one of them a hundredth of the draws, batches of {}, squared error, "
      "SGD with momentum 0.9",
      passes(epochs), images, patterns, batch);
  for (const AtBottleneck& norm : norms) one.rows.push_back(norm.name);
  set_columns(one, "rate", rates);
  one.measures = {{"error of the rare picture", 4},
                  {"its amplitude", 2},
                  {"error of the others", 4},
                  {"their amplitude", 2},
                  {"training loss", 4}};
  one.run = [=](int row, int column, std::uint64_t seed) -> std::vector<double> {
    const Rows pictures = pictures_of(data->train, seed);
    Training training({.graph = autoencoder(norms[static_cast<std::size_t>(row)].layers()),
                       .train = data->train,
                       .order = one_in_a_hundred(pictures, images, seed),
                       .batch = batch,
                       .sgd = {.rate = rates[static_cast<std::size_t>(column)], .momentum = 0.9},
                       .seed = seed,
                       .reconstruct = true});
    training.epochs(epochs);
    if (training.diverged()) return {};
    const Seen seen = look_at(training, data->train, pictures);
    return {seen.rare_error, seen.rare_amplitude, seen.common_error, seen.common_amplitude, training.loss()};
  };
  one.conclusions = at_own_rates;
  return one;
}

}  // namespace compare_norms
