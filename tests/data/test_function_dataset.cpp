// Sets whose samples a function makes, and the order in which the largest of them come.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/function_dataset.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/parts/epoch_order.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

using doctest::Contains;

constexpr std::int64_t many = 10'000'000'000;

// MadeSample i has the digits of i, split at 10^5, as its two inputs, and whether i is odd as its label.
auto counted(std::int64_t size) {
  return FunctionDataset(size, {{Shape{2}}, {{.classes = 2, .shape = {}}, {.classes = 0, .shape = Shape{1}}}, {"even", "odd"}},
                         [](std::int64_t row, const MadeSample& sample) {
                           sample.input()[0] = static_cast<real>(row / 100'000);
                           sample.input()[1] = static_cast<real>(row % 100'000);
                           sample.label() = static_cast<int>(row % 2);
                           sample.values(1)[0] = static_cast<real>(row % 7);
                         });
}

TEST_CASE("a set of ten thousand million samples starts at once, in any order") {
  const auto set = counted(many);
  CHECK(set.describe() == "10000000000 samples of 2, 2 classes, 1 as target");
  CHECK(set.class_names() == std::vector<std::string>{"even", "odd"});
  for (const bool shuffled : {false, true}) {
    Stream stream(set, {.batch = 4, .seed = 3, .shuffle = shuffled});
    CHECK(stream.batches_per_epoch() == many / 4);
    double beyond = 0;
    for (int i = 0; i < 50; ++i) {
      const Batch& batch = *stream.next();
      for (int k = 0; k < batch.size(); ++k) {
        const std::int64_t row = batch.rows[static_cast<std::size_t>(k)];
        CHECK(batch.x().row(k)[0] == static_cast<real>(row / 100'000));
        CHECK(batch.x().row(k)[1] == static_cast<real>(row % 100'000));
        CHECK(batch.targets[0].labels[static_cast<std::size_t>(k)] == row % 2);
        CHECK(batch.targets[1].values.row(k)[0] == static_cast<real>(row % 7));
        if (!shuffled) CHECK(row == 4 * i + k);
        beyond += row > many / 2;
      }
    }
    CHECK(beyond == (shuffled ? doctest::Approx(100).epsilon(0.43) : doctest::Approx(0)));  // six sigma of 200 throws of a coin
  }
}

TEST_CASE("a permutation hits every number once, and differs with its key") {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 16, 17, 63, 1000, 4097}) {
    const Permutation order(n, Random(5));
    std::vector<std::int64_t> found;
    for (std::int64_t i = 0; i < n; ++i) found.push_back(order[i]);
    std::sort(found.begin(), found.end());
    std::vector<std::int64_t> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    CHECK(found == all);
  }
  const Permutation a(many, Random(1)), b(many, Random(2));
  int same = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    CHECK(a[i] >= 0);
    CHECK(a[i] < many);
    same += a[i] == b[i];
  }
  CHECK(same == 0);
}

// Pairs of neighbours of 1000 numbers in random order lie 1000 / 3 apart on average, with a deviation of 1000 / sqrt(18).
TEST_CASE("neighbours in a permutation are strangers") {
  constexpr int n = 1000, keys = 100;
  double sum = 0;
  for (int key = 0; key < keys; ++key) {
    const Permutation order(n, Random(static_cast<std::uint64_t>(key)));
    for (std::int64_t i = 0; i + 1 < n; i += 2) sum += static_cast<double>(std::llabs(order[i] - order[i + 1]));
  }
  const double pairs = keys * n / 2, mean = n / 3.0, deviation = n / std::sqrt(18.0);
  CHECK(std::fabs(sum / pairs - mean) < 6 * deviation / std::sqrt(pairs));
}

TEST_CASE("what a function throws comes out of the stream, with its row") {
  const FunctionDataset set(100, {{Shape{1}}}, [](std::int64_t row, const MadeSample& sample) {
    if (row == 37) throw Error("no such thing", "another");
    sample.input()[0] = static_cast<real>(row);
  });
  for (const bool prefetch : {false, true}) {
    Stream stream(set, {.batch = 1, .shuffle = false, .prefetch = prefetch});
    CHECK_THROWS_WITH_AS(
        [&] {
          while (stream.next()) {
          }
        }(),
        "row 37: no such thing; try another", Error);
  }
  const FunctionDataset other(10, {{Shape{1}}},
                              [](std::int64_t, const MadeSample&) { throw std::runtime_error("of another kind"); });
  Stream stream(other, {.batch = 2});
  CHECK_THROWS_WITH_AS(stream.next(), "of another kind", std::runtime_error);
}

TEST_CASE("what a function does not write is 0") {
  const FunctionDataset set(8, {{Shape{3}}, {{.classes = 0, .shape = Shape{2}}}},
                            [](std::int64_t, const MadeSample& sample) { sample.input()[1] = 5; });
  Stream stream(set, {.batch = 4, .shuffle = false});
  for (int i = 0; i < 2; ++i) {
    const Batch& batch = *stream.next();
    for (int k = 0; k < 4; ++k) {
      CHECK(batch.x().row(k)[0] == 0);
      CHECK(batch.x().row(k)[1] == 5);
      CHECK(batch.target().values.row(k)[1] == 0);
    }
  }
}

TEST_CASE("what such sets refuse") {
  const auto nothing = [](std::int64_t, const MadeSample&) {};
  CHECK_THROWS_WITH_AS(FunctionDataset(0, {{Shape{1}}}, nothing), Contains("0 samples"), Error);
  CHECK_THROWS_WITH_AS(FunctionDataset(1, {}, nothing), Contains("no input"), Error);
  CHECK_THROWS_WITH_AS(FunctionDataset(1, {std::vector<Shape>(17, Shape{1})}, nothing), Contains("more than 16"), Error);
  const auto large = std::make_shared<decltype(counted(1))>(counted(many));
  CHECK_THROWS_WITH_AS(split(large, 10, 1), Contains("would not fit into memory"), Error);
  CHECK(head(large, 5).size() == 5);
}

TEST_CASE("sets from literals") {
  const MemoryDataset exclusive_or(Shape{2}, {0, 0, 0, 1, 1, 0, 1, 1}, {0, 1, 1, 0}, 2);
  CHECK(exclusive_or.describe() == "4 samples of 2, 2 classes");
  const MemoryDataset line(Shape{1}, {0, 0.5, 1}, Shape{1}, {1, 2, 3});
  CHECK(line.describe() == "3 samples of 1, 1 as target");
}

}  // namespace
}  // namespace cambium
