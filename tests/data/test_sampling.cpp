#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/balanced.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/sampling.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

using doctest::Contains;

std::vector<int> counts(const Sampling& sampling, std::int64_t draws, Random random = Random(5)) {
  std::vector<int> seen(static_cast<std::size_t>(sampling.size()));
  for (std::int64_t i = 0; i < draws; ++i) ++seen[static_cast<std::size_t>(sampling.row(random, i))];
  return seen;
}

TEST_CASE("sampling: each sample comes as often as its weight says") {
  const std::vector<std::vector<double>> cases{
      {1}, {1, 1, 1}, {1, 2, 3, 4}, {0, 1, 0, 1e-3, 7}, {1e300, 1e300, 5e299}, {1e-320, 1e-320}};
  constexpr int draws = 200000;
  for (const std::vector<double>& weights : cases) {
    const double unit = std::ranges::max(weights);
    double sum = 0;
    for (const double weight : weights) sum += weight / unit;
    const std::vector<int> seen = counts(Sampling(weights), draws);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double p = weights[i] / unit / sum;
      CAPTURE(i);
      CHECK(std::abs(seen[i] - p * draws) <= 6 * std::sqrt(draws * p * (1 - p)));
      if (weights[i] == 0) CHECK(seen[i] == 0);
    }
  }
}

TEST_CASE("sampling: many weights of all sizes; none is lost or made up") {
  std::vector<double> weights(1000);
  const Random random(3);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 7 == 0 ? 0 : std::exp(6 * random.normal(i));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  constexpr int draws = 1000000;
  const std::vector<int> seen = counts(Sampling(weights), draws);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double p = weights[i] / sum;
    CHECK(std::abs(seen[i] - p * draws) <= 6 * std::sqrt(draws * p * (1 - p)) + 6);
    if (i % 7 == 0) CHECK(seen[i] == 0);
  }
}

MemoryDataset uneven() {  // 900 of class 0, 90 of class 1, 10 of class 2
  std::vector<real> x(1000);
  std::vector<int> labels;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(i), labels.push_back(i < 900 ? 0 : i < 990 ? 1 : 2);
  return MemoryDataset(Shape{1}, x, labels, 3);
}

TEST_CASE("sampling: a balanced stream has every class alike, anew in each epoch, the same for any batch") {
  const MemoryDataset set = uneven();
  const auto rows = [&](int batch, int epoch, bool prefetch) {
    Stream stream(set, {.batch = batch, .seed = 4, .prefetch = prefetch, .sampling = balanced(set)});
    stream.start_epoch(epoch);
    std::vector<std::int64_t> all;
    while (const Batch* one = stream.next()) all.insert(all.end(), one->rows.begin(), one->rows.end());
    return all;
  };
  const std::vector<std::int64_t> first = rows(64, 0, true);
  CHECK(first.size() == 1000);
  CHECK(rows(7, 0, false) == first);
  CHECK(rows(64, 1, true) != first);
  int seen[3] = {};
  for (int epoch = 0; epoch < 10; ++epoch)
    for (const std::int64_t row : rows(100, epoch, false)) ++seen[row < 900 ? 0 : row < 990 ? 1 : 2];
  for (const int count : seen) CHECK(std::abs(count - 10000 / 3.0) < 6 * std::sqrt(10000 * 2 / 9.0));
}

TEST_CASE("sampling: what cannot be") {
  const MemoryDataset set = uneven();
  CHECK_THROWS_WITH_AS(Sampling(std::vector<double>{}), Contains("0 weights; try one weight for each sample"), Error);
  CHECK_THROWS_WITH_AS(Sampling(std::vector<double>{0, 0}), Contains("all weights are 0; try"), Error);
  for (const double bad : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")})
    CHECK_THROWS_WITH_AS(Sampling(std::vector<double>{1, bad}), Contains("the weight of sample 1 is"), Error);
  CHECK_THROWS_WITH_AS(Stream(set, {.sampling = Sampling(std::vector<double>{1, 2})}), Contains("a sampling of 2 samples"), Error);
  const MemoryDataset values(Shape{1}, std::vector<real>{1, 2}, Shape{1}, std::vector<real>{3, 4});
  CHECK_THROWS_WITH_AS(balanced(values), Contains("its first target is not one label for each"), Error);
}

}  // namespace
}  // namespace cambium
