#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/subset.h"

namespace cambium {
namespace {

using doctest::Contains;

// Sample i holds i and 2 i, has the label i % 10 and the wish -i.
MemoryDataset numbered(int n) {
  std::vector<real> x, wish;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    x.insert(x.end(), {real(i), real(2 * i)});
    labels.push_back(i % 10), wish.push_back(real(-i));
  }
  MemoryDataset set(Shape{2}, x, labels, 10);
  set.add_target(Shape{1}, wish);
  return set;
}

// What the set holds, as the rows of `numbered`; checks that samples are whole.
std::vector<int> contents(const Dataset& set) {
  const int n = static_cast<int>(set.size());
  const auto count = static_cast<std::size_t>(n);
  std::vector<std::int64_t> rows(count);
  std::vector<int> label(count), found;
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<real> x(2 * count), wish(count);
  const View input{x.data(), Shape{2}, n};
  const std::span<int> labels[] = {label, {}};
  const View values[] = {{}, {wish.data(), Shape{1}, n}};
  set.fetch(rows, {&input, 1}, labels, values);
  for (std::size_t i = 0; i < count; ++i) {
    found.push_back(static_cast<int>(x[2 * i]));
    CHECK((x[2 * i + 1] == 2 * x[2 * i] && label[i] == found[i] % 10 && wish[i] == -x[2 * i]));
  }
  return found;
}

std::vector<int> counting(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST_CASE("a subset holds its rows in their order") {
  auto set = numbered(20);
  set.name_classes(std::vector<std::string>(10, "some"));
  const auto some = set.subset({7, 3, 3, 19});
  CHECK(contents(some) == std::vector<int>{7, 3, 3, 19});
  CHECK(some.describe() == "4 of 20 samples of 2, 10 classes, 1 as target");
  CHECK(some.name_of_row(1) == "row 1 (row " + std::to_string(some.rows()[1]) + " of the whole)");
  CHECK(some.class_names().size() == 10);
  CHECK(contents(set.head(3)) == std::vector<int>{0, 1, 2});
  CHECK(contents(set.head(20)) == counting(20));
  const auto nested = head(std::make_shared<Subset>(some), 2);
  CHECK(contents(nested) == std::vector<int>{7, 3});
}

TEST_CASE("a subset outlives the set it was taken from") {
  auto set = std::make_unique<MemoryDataset>(numbered(5));
  const auto some = set->subset({4, 2});
  set.reset();
  CHECK(contents(some) == std::vector<int>{4, 2});
}

TEST_CASE("a split loses nothing and shares nothing") {
  const auto set = numbered(1000);  // more than one chunk of rows
  const auto [train, validation] = split(set, 137, 7);
  CHECK(train.size() == 863);
  CHECK(validation.size() == 137);
  auto all = contents(train), held = contents(validation);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::is_sorted(held.begin(), held.end()));
  all.insert(all.end(), held.begin(), held.end());
  std::sort(all.begin(), all.end());
  CHECK(all == counting(1000));
  CHECK(held != counting(137));
  CHECK(contents(split(set, 137, 7).validation) == held);
  CHECK(contents(split(set, 137, 8).validation) != held);
}

TEST_CASE("what subsets and splits refuse") {
  const auto set = numbered(10);
  CHECK_THROWS_WITH_AS(set.subset({}), Contains("no rows are given"), Error);
  CHECK_THROWS_WITH_AS(set.subset({0, 10}), Contains("row 10 (entry 1 of the list) does not exist; try rows from 0 to 9"), Error);
  CHECK_THROWS_WITH_AS(set.subset({-1}), Contains("row -1"), Error);
  CHECK_THROWS_WITH_AS(set.head(0), Contains("0 samples are asked for; try a number from 1 to 10"), Error);
  CHECK_THROWS_WITH_AS(set.head(11), Contains("11 samples"), Error);
  CHECK_THROWS_WITH_AS(split(set, 0, 1), Contains("0 samples for validation leave none for validation"), Error);
  CHECK_THROWS_WITH_AS(split(set, 10, 1), Contains("leave none for training; try a number from 1 to 9"), Error);
  CHECK_THROWS_WITH_AS(split(set, 11, 1), Contains("leave none for training"), Error);
  CHECK_THROWS_WITH_AS(split(numbered(1), 1, 1), Contains("at least two samples"), Error);
  CHECK_THROWS_WITH_AS(Subset(nullptr, {0}), Contains("no dataset"), Error);
  MemoryDataset wide;
  for (int i = 0; i < 17; ++i) wide.add_input(Shape{1}, std::vector<real>{1});
  CHECK_THROWS_WITH_AS(wide.head(1), Contains("17 inputs"), Error);
}

}  // namespace
}  // namespace cambium
