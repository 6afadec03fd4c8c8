// Which start of online norm should be the default? Both, on networks and inputs that tell them apart, judged on samples that were
// held back. Prints the figures on which the choice in online_norm.h stands.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/trainer.h"
#include "cambium/layers/activation/relu.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/optimizers/sgd.h"

namespace cambium {
namespace {

using Start = OnlineNormOptions::Start;

struct Trial {
  std::string what;
  int depth, width;
  double rate;
  double scale = 1.0 / 255, offset = 0;  // of the pixels
};

constexpr int count = 2000, held_back = 1000;

MemoryDataset digits_at(const Trial& trial) {
  static const DigitImages made = made_digits(Split::train, {.count = count + held_back, .threads = 1});
  std::vector<real> values;
  for (const std::uint8_t pixel : made.images) values.push_back(static_cast<real>(pixel * trial.scale + trial.offset));
  return {Shape(digit_pixels), std::move(values), std::vector<int>(made.labels.begin(), made.labels.end()), 10};
}

Graph model(const Trial& trial, Start start) {
  Graph net;
  Node x = net.then(net.input(Shape(digit_pixels)), OnlineNorm({.start = start, .per = Per::pooled}));
  for (int i = 0; i < trial.depth; ++i)
    x = net.then(x, Dense(trial.width, {.bias = false}), OnlineNorm({.start = start}), Affine(), Relu());
  net.then(x, Dense(10));
  return net;
}

// Held-back accuracy in percent after one pass, one sample at a time; 0 when it went to infinity.
double accuracy(const Trial& trial, Start start, std::uint64_t seed) {
  const MemoryDataset all = digits_at(trial);
  std::vector<std::int64_t> rest(held_back);
  for (int i = 0; i < held_back; ++i) rest[static_cast<std::size_t>(i)] = count + i;
  Trainer trainer(model(trial, start), SoftmaxCrossEntropy(), Sgd({.rate = trial.rate}), {.batch = 1, .seed = seed, .threads = 1});
  try {
    trainer.fit(all.head(count));
    return 100 * trainer.evaluate(all.subset(rest)).accuracy();
  } catch (const Error&) {
    return 0;
  }
}

struct Row {
  double cold, warm;  // the worst of the seeds
  double mean_cold = 0, mean_warm = 0;
};

Row measure(const Trial& trial) {
  Row row{100, 100};
  std::string cold, warm;
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const double c = accuracy(trial, Start::cold, seed), w = accuracy(trial, Start::warm, seed);
    row = {std::min(row.cold, c), std::min(row.warm, w), row.mean_cold + c / 3, row.mean_warm + w / 3};
    cold += fmt::format("{:>7}", c > 0 ? fmt::format("{:.1f}", c) : "inf");
    warm += fmt::format("{:>7.1f}", w);
  }
  std::printf("%-46s cold%s   warm%s\n", trial.what.c_str(), cold.c_str(), warm.c_str());
  return row;
}

}  // namespace

TEST_CASE("online_norm: the warm start trains as well where the cold one trains, and also where that does not") {
  std::printf("online norm, cold and warm start, %d digits one by one, accuracy %% on %d held back, seeds 1 to 3, %s precision\n",
              count, held_back, sizeof(real) == 8 ? "double" : "single");
  const Row shallow = measure({"784-100-10, rate 0.01", 1, 100, 0.01});
  CHECK(shallow.warm > 70);
  CHECK(shallow.warm > shallow.cold - 4);
  const Row calm = measure({"5 layers of 100, rate 0.01", 5, 100, 0.01});
  CHECK(calm.warm > 70);
  CHECK(calm.warm > calm.cold - 4);
  const Row deep = measure({"5 layers of 100, rate 0.03", 5, 100, 0.03});
  CHECK(deep.warm > 50);
  CHECK(deep.mean_cold < deep.mean_warm);
  const Row offset = measure({"784-100-10, rate 0.01, pixels from 0 to 255", 1, 100, 0.01, 1});
  CHECK(offset.warm > 70);
  CHECK(offset.cold < offset.warm);
  std::fflush(stdout);
}

}  // namespace cambium
