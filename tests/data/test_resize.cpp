#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/images/resize.h"

namespace cambium {
namespace {

using doctest::Contains;

TEST_CASE("resized: by hand") {
  const Picture row = {1, 1, 4, {10, 20, 40, 81}};
  CHECK(resized(row, 1, 4) == row);
  CHECK(resized(row, 1, 2).bytes == std::vector<std::uint8_t>{15, 61});      // 60.5 goes up
  CHECK(resized(row, 1, 1).bytes == std::vector<std::uint8_t>{38});          // 151 / 4
  CHECK(resized(row, 1, 3).bytes == std::vector<std::uint8_t>{13, 30, 71});  // (3 10 + 20) / 4, (2 20 + 2 40) / 4, (40 + 3 81) / 4
  CHECK(resized({1, 1, 2, {0, 100}}, 1, 4).bytes == std::vector<std::uint8_t>{0, 25, 75, 100});
  CHECK(resized({1, 2, 1, {0, 100}}, 4, 2).bytes == std::vector<std::uint8_t>{0, 0, 25, 25, 75, 75, 100, 100});
  CHECK(resized({1, 1, 1, {77}}, 3, 2).bytes == std::vector<std::uint8_t>(6, 77));
  CHECK(resized({3, 1, 2, {0, 10, 20, 30, 250, 255}}, 1, 1).bytes == std::vector<std::uint8_t>{5, 25, 253});
}

// Along one direction, in double: the value at `i` of `to`.
double naive(const std::vector<double>& line, int to, int i) {
  const int from = static_cast<int>(line.size());
  const auto at = [&](int k) { return line[static_cast<std::size_t>(std::clamp(k, 0, from - 1))]; };
  const double scale = static_cast<double>(from) / to;
  if (to > from) {
    const double x = (i + 0.5) * scale - 0.5, k = std::floor(x);
    return at(static_cast<int>(k)) * (1 - (x - k)) + at(static_cast<int>(k) + 1) * (x - k);
  }
  double sum = 0;
  for (int k = 0; k < from; ++k) sum += at(k) * std::max(0.0, std::min(k + 1.0, (i + 1) * scale) - std::max<double>(k, i * scale));
  return sum / scale;
}

TEST_CASE("resized: as a naive twin in double has it") {
  const Random random(5);
  for (const auto& [h, w, new_h, new_w] : {std::array{7, 5, 3, 4}, {7, 5, 11, 13}, {7, 5, 4, 9}, {3, 8, 7, 3}, {16, 16, 5, 5}}) {
    Picture picture = {1, h, w, {}};
    for (int i = 0; i < h * w; ++i)
      picture.bytes.push_back(static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(i), 256)));
    const Picture other = resized(picture, new_h, new_w);
    REQUIRE(other.shape() == Shape{1, new_h, new_w});
    double worst = 0;
    for (int y = 0; y < new_h; ++y)
      for (int x = 0; x < new_w; ++x) {
        std::vector<double> column;
        for (int k = 0; k < h; ++k)
          column.push_back(naive({picture.bytes.begin() + k * w, picture.bytes.begin() + (k + 1) * w}, new_w, x));
        worst = std::max(worst, std::abs(other.bytes[static_cast<std::size_t>(y * new_w + x)] - naive(column, new_h, y)));
      }
    CHECK(worst <= 0.5 + 1e-9);
  }
}

TEST_CASE("the centre, and channels") {
  const Picture picture = {1, 2, 5, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  CHECK(centre_of(picture, 1, 1) == Picture{1, 2, 2, {1, 2, 6, 7}});
  CHECK(centre_of(picture, 1, 100) == Picture{1, 1, 5, {0, 1, 2, 3, 4}});
  CHECK(centre_of(picture, 65535, 1) == Picture{1, 2, 1, {2, 7}});
  CHECK(with_channels({1, 1, 2, {5, 250}}, 3) == Picture{3, 1, 2, {5, 250, 5, 250, 5, 250}});
  CHECK(with_channels({3, 1, 2, {255, 10, 255, 20, 255, 30}}, 1) == Picture{1, 1, 2, {255, 18}});  // 2.99 + 11.74 + 3.42
  CHECK(with_channels(picture, 1) == picture);
}

TEST_CASE("fitted: refused, resized, or its centre") {
  const Picture picture = {1, 2, 4, {10, 20, 30, 40, 10, 20, 30, 40}};
  CHECK(fitted(picture, {1, 2, 4}, Fit::refuse, "it") == picture);
  CHECK_THROWS_WITH_AS(fitted(picture, {1, 2, 2}, Fit::refuse, "it"),
                       Contains("it: 4 x 2 pixels (width x height), and 2 x 2 are needed"), Error);
  CHECK(fitted(picture, {1, 1, 1}, Fit::resize, "it") == Picture{1, 1, 1, {25}});
  CHECK(fitted(picture, {1, 2, 2}, Fit::resize, "it") == Picture{1, 2, 2, {15, 35, 15, 35}});
  CHECK(fitted(picture, {3, 2, 2}, Fit::crop, "it") == Picture{3, 2, 2, {20, 30, 20, 30, 20, 30, 20, 30, 20, 30, 20, 30}});
}

TEST_CASE("sizes and pictures that cannot be") {
  const Picture picture = {1, 1, 1, {7}};
  CHECK_THROWS_WITH_AS(resized(picture, 0, 3), Contains("0 x 3 (height x width), and each is from 1 to 65535"), Error);
  CHECK_THROWS_AS(resized(picture, 3, 65536), Error);
  CHECK_THROWS_AS(centre_of(picture, -1, 3), Error);
  CHECK_THROWS_WITH_AS(with_channels(picture, 2), Contains("2 channels are asked for"), Error);
  CHECK_THROWS_WITH_AS(resized({1, 2, 2, {7}}, 1, 1), Contains("1x2x2 with 1 bytes"), Error);
  CHECK_THROWS_AS(centre_of({1, 2, 2, {7}}, 1, 1), Error);
  CHECK_THROWS_AS(with_channels({3, 1, 1, {7}}, 1), Error);
}

}  // namespace
}  // namespace cambium
