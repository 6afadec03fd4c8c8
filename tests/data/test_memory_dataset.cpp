#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/memory_dataset.h"

namespace cambium {
namespace {

using doctest::Contains;

TEST_CASE("bytes are fetched as byte * (1 / 255)") {
  std::vector<std::uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const MemoryDataset set(Shape{2, 2, 2}, bytes, std::vector<int>(32, 1), 3);
  CHECK(set.size() == 32);
  CHECK(set.describe() == "32 samples of 2x2x2, 3 classes");
  const std::vector<std::int64_t> rows = {31, 0, 0};
  std::vector<real> x(24);
  std::vector<int> label(3, -1);
  const View view{x.data(), Shape{2, 2, 2}, 3}, none;
  const std::span<int> labels(label);
  set.fetch(rows, {&view, 1}, {&labels, 1}, {&none, 1});
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(x[i] == static_cast<real>(248 + i) * (real(1) / real(255)));
    CHECK(x[8 + i] == static_cast<real>(i) * (real(1) / real(255)));
    CHECK(x[16 + i] == x[8 + i]);
  }
  CHECK(x[7] == 1);
  CHECK(label == std::vector<int>{1, 1, 1});
}

TEST_CASE("several inputs and targets of one sample stay together") {
  const int n = 5;
  std::vector<std::uint8_t> image;
  std::vector<real> facts, wish;
  std::vector<int> kind, half;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < 6; ++j) image.push_back(static_cast<std::uint8_t>(51 * i));
    facts.insert(facts.end(), {real(i), real(10 * i)});
    wish.insert(wish.end(), {real(-i), real(i) / 2, real(7)});
    kind.push_back(i % 3), half.push_back(i % 2);
  }
  MemoryDataset set;
  CHECK(set.size() == 0);
  set.add_input(Shape{1, 2, 3}, image).add_input(Shape{2}, facts);
  set.add_target(kind, 3).add_target(Shape{3}, wish).add_target(half, 2);
  CHECK(set.input_shapes() == std::vector<Shape>{Shape{1, 2, 3}, Shape{2}});
  REQUIRE(set.target_kinds().size() == 3);
  CHECK(set.target_kinds()[0].classes == 3);
  CHECK(set.target_kinds()[1].classes == 0);
  CHECK(set.target_kinds()[1].shape == Shape{3});
  CHECK(set.describe() == "5 samples of 1x2x3 and 2, 3 classes, 3 as target, 2 classes");

  const std::vector<std::int64_t> rows = {4, 1};
  std::vector<real> x0(12), x1(4), y1(6);
  std::vector<int> y0(2), y2(2);
  const View inputs[] = {{x0.data(), Shape{1, 2, 3}, 2}, {x1.data(), Shape{2}, 2}};
  const std::span<int> labels[] = {y0, {}, y2};
  const View values[] = {{}, {y1.data(), Shape{3}, 2}, {}};
  set.fetch(rows, inputs, labels, values);
  CHECK(x0[0] == doctest::Approx(0.8));
  CHECK(x0[6] == doctest::Approx(0.2));
  CHECK(x1 == std::vector<real>{4, 40, 1, 10});
  CHECK(y0 == std::vector<int>{1, 1});
  CHECK(y1 == std::vector<real>{-4, 2, 7, -1, 0.5, 7});
  CHECK(y2 == std::vector<int>{0, 1});
}

TEST_CASE("copies share the values") {
  MemoryDataset one(Shape{1}, std::vector<real>{1, 2}, {0, 1}, 2);
  MemoryDataset two = one;
  two.add_target(Shape{1}, std::vector<real>{3, 4});
  CHECK(one.target_kinds().size() == 1);
  CHECK(two.target_kinds().size() == 2);
}

TEST_CASE("values that stay the caller's are read where they lie, by every copy") {
  const std::vector<std::uint8_t> bytes = {0, 51, 102, 255};
  const std::vector<real> facts = {1, 2, 3, 4}, wish = {7, 8};
  std::vector<int> kinds = {0, 1}, places = {2, 1, 0, 2};
  MemoryDataset set;
  set.borrow_input(Shape{1, 1, 2}, bytes).borrow_input(Shape{2}, facts).borrow_target(kinds, 3).borrow_target(Shape{1}, wish);
  set.borrow_target(places, 3, Shape{2});
  const MemoryDataset copy = set;
  CHECK(copy.describe() == "2 samples of 1x1x2 and 2, 3 classes, 1 as target, 3 classes at positions of 2");
  kinds[1] = 2;  // which is not allowed, and shows that nothing was copied
  const std::int64_t row = 1;
  std::vector<real> x(2), y(2), z(1);
  std::vector<int> label(1), labels(2);
  const View inputs[] = {{x.data(), Shape{1, 1, 2}, 1}, {y.data(), Shape{2}, 1}}, values[] = {{}, {z.data(), Shape{1}, 1}, {}};
  const std::span<int> numbers[] = {label, {}, labels};
  copy.fetch({&row, 1}, inputs, numbers, values);
  CHECK(x == std::vector<real>{real(102) * (real(1) / real(255)), 1});
  CHECK(y == std::vector<real>{3, 4});
  CHECK(z[0] == 8);
  CHECK(label[0] == 2);
  CHECK(labels == std::vector<int>{0, 2});

  MemoryDataset other;
  const std::vector<real> bad = {1, std::numeric_limits<real>::quiet_NaN()};
  CHECK_THROWS_WITH_AS(other.borrow_input(Shape{1}, bad), Contains("input 0: row 1, column 0 of 1 holds nan"), Error);
  CHECK_THROWS_WITH_AS(other.borrow_target(places, 2), Contains("target 0: row 0 has label 2"), Error);
}

TEST_CASE("class names") {
  MemoryDataset set(Shape{1}, std::vector<real>{1, 2}, {0, 1}, 2);
  CHECK(set.class_names().empty());
  set.name_classes({"shirt", "boot"});
  CHECK(set.class_names() == std::vector<std::string>{"shirt", "boot"});
  CHECK_THROWS_WITH_AS(set.name_classes({"shirt"}), Contains("1 names are given for 2 classes"), Error);
  MemoryDataset bare;
  CHECK_THROWS_WITH_AS(bare.name_classes({"shirt"}), Contains("adding labels"), Error);
}

TEST_CASE("what a memory dataset refuses") {
  const std::vector<real> two = {1, 2};
  const real nan = std::numeric_limits<real>::quiet_NaN(), inf = std::numeric_limits<real>::infinity();
  const auto image_set = [](std::size_t bytes, std::vector<int> labels) {
    return MemoryDataset(Shape{1, 2, 2}, std::vector<std::uint8_t>(bytes), std::move(labels), 2);
  };
  CHECK_THROWS_WITH_AS(image_set(0, {}), Contains("input 0: there are no samples"), Error);
  CHECK_THROWS_WITH_AS(image_set(7, {0, 1}), Contains("7 values are not a whole number of samples of 1x2x2"), Error);
  CHECK_THROWS_WITH_AS(image_set(8, {0}), Contains("target 0: 1 samples, where input 0 has 2"), Error);
  CHECK_THROWS_WITH_AS(image_set(8, {0, 2}), Contains("target 0: row 1 has label 2, and 2 classes have labels from 0 to 1"), Error);
  CHECK_THROWS_WITH_AS(image_set(8, {-1, 0}), Contains("row 0 has label -1"), Error);
  CHECK_THROWS_WITH_AS(MemoryDataset(Shape{1}, two, {0, 0}, 0), Contains("0 classes"), Error);
  CHECK_THROWS_WITH_AS(MemoryDataset(Shape{2}, std::vector<real>{0, 1, 2, nan}, {0, 0}, 1),
                       Contains("input 0: row 1, column 1 of 2 holds"), Error);
  CHECK_THROWS_WITH_AS(MemoryDataset(Shape{1}, two, Shape{2}, {0, inf, 0, 0}), Contains("target 0: row 0, column 1 of 2"), Error);
  CHECK_THROWS_WITH_AS(MemoryDataset(Shape{1}, two, Shape{2}, two), Contains("target 0: 1 samples, where input 0 has 2"), Error);
  MemoryDataset set(Shape{1}, two, {0, 0}, 1);
  CHECK_THROWS_WITH_AS(set.add_input(Shape{1}, std::vector<real>{1, 2, 3}), Contains("input 1: 3 samples"), Error);
  CHECK(set.input_shapes().size() == 1);
  CHECK(set.size() == 2);
}

}  // namespace
}  // namespace cambium
