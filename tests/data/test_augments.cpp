// Rotate, Scale, Elastic, Noise, Flip, RandomCrop and Cutout; Shift has a test of its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/augment/cutout.h"
#include "cambium/framework/data/augment/elastic.h"
#include "cambium/framework/data/augment/flip.h"
#include "cambium/framework/data/augment/noise.h"
#include "cambium/framework/data/augment/random_crop.h"
#include "cambium/framework/data/augment/rotate.h"
#include "cambium/framework/data/augment/scale.h"
#include "tests/support/count_allocations.h"

namespace cambium {
namespace {

using doctest::Contains;
using Values = std::vector<real>;

constexpr double close = sizeof(real) == 4 ? 1e-6 : 1e-13;
constexpr double pi = 3.141592653589793, inf = std::numeric_limits<double>::infinity();

Values random_image(const Shape& shape, std::uint64_t seed = 1) {
  Values values(as_size(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<real>(Random(seed).uniform(i));
  return values;
}

Values changed(const Augment& augment, const Shape& shape, Values image, std::uint64_t seed) {
  augment.check(shape);
  Values scratch(augment.scratch(shape), std::numeric_limits<real>::quiet_NaN());
  augment.apply(image.data(), shape, Random(seed), scratch.data());
  return image;
}

std::vector<std::shared_ptr<const Augment>> all_strong() {
  std::vector<std::shared_ptr<const Augment>> all;
  all.push_back(std::make_shared<Rotate>(RotateOptions{.degrees = 180}));
  all.push_back(std::make_shared<Scale>(ScaleOptions{.low = 0.3, .high = 3}));
  all.push_back(std::make_shared<Elastic>(ElasticOptions{.alpha = 60, .sigma = 2}));
  all.push_back(std::make_shared<Noise>(NoiseOptions{.deviation = 0.5}));
  all.push_back(std::make_shared<Flip>(FlipOptions{.probability = 1}));
  all.push_back(std::make_shared<Flip>(FlipOptions{.vertical = true, .probability = 1}));
  all.push_back(std::make_shared<RandomCrop>(RandomCropOptions{.padding = 4}));
  all.push_back(std::make_shared<Cutout>(CutoutOptions{.size = 4}));
  return all;
}

// A picture whose pixels say where they are: channel 0 the row, channel 1 the column. A bilinear mean of it is exact.
const Shape map_shape{2, 11, 15};
Values map_of_places() {
  Values map;
  for (int c = 0; c < 2; ++c)
    for (int i = 0; i < 11; ++i)
      for (int j = 0; j < 15; ++j) map.push_back(static_cast<real>(c == 0 ? i : j));
  return map;
}
double down_of(const Values& map, int i, int j) { return static_cast<double>(map[as_size(i * 15 + j)]); }
double right_of(const Values& map, int i, int j) { return static_cast<double>(map[as_size(165 + i * 15 + j)]); }

}  // namespace

TEST_CASE("augments: the same bits for the same random numbers, others for others, and no memory") {
  const Shape shape{3, 9, 7};
  const Values image = random_image(shape);
  for (const auto& augment : all_strong()) {
    CAPTURE(augment->describe().str());
    const Values once = changed(*augment, shape, image, 5);
    CHECK(once != image);
    CHECK(changed(*augment, shape, image, 5) == once);
    if (augment->describe().kind != "flip") CHECK(changed(*augment, shape, image, 7) != once);
    Values scratch(augment->scratch(shape) + 1, real(0.5)), sample = image;
    const cambium_tests::AllocationCount count;
    augment->apply(sample.data(), shape, Random(5), scratch.data());
    CHECK(count.since() == 0);
    CHECK(sample == once);
    CHECK(scratch.back() == real(0.5));
  }
}

TEST_CASE("augments: without strength they change no bit") {
  const Shape shape{3, 9, 8};
  const Values image = random_image(shape);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CHECK(changed(Rotate({.degrees = 0}), shape, image, seed) == image);
    CHECK(changed(Scale({.low = 1, .high = 1}), shape, image, seed) == image);
    CHECK(changed(Elastic({.alpha = 0}), shape, image, seed) == image);
    CHECK(changed(Noise({.deviation = 0}), shape, image, seed) == image);
    CHECK(changed(Flip({.probability = 0}), shape, image, seed) == image);
    CHECK(changed(RandomCrop({.padding = 0}), shape, image, seed) == image);
    CHECK(changed(Cutout({.size = 0}), shape, image, seed) == image);
  }
}

TEST_CASE("augments: all channels move alike, and values stay between those of the picture and the fill") {
  const Shape shape{2, 9, 7};
  Values image = random_image(Shape{1, 9, 7});
  image.insert(image.end(), image.begin(), image.end());
  for (const auto& augment : all_strong()) {
    if (augment->describe().kind == "noise") continue;
    CAPTURE(augment->describe().str());
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Values result = changed(*augment, shape, image, seed);
      CHECK(std::equal(result.begin(), result.begin() + 63, result.begin() + 63));
      for (const real v : result) CHECK((v >= 0 && static_cast<double>(v) <= 1 + 1e-15));
    }
  }
  const Values result = changed(Scale({.low = 0.2, .high = 0.2, .fill = 7}), shape, image, 1);
  CHECK(result.front() == 7);
  CHECK(changed(RandomCrop({.padding = 3, .fill = 7}), shape, image, 2) ==
        changed(Shift({.pixels = 3, .fill = 7}), shape, image, 2));
}

TEST_CASE("augments: fixed bits, which no machine may change") {
  const Shape shape{1, 6, 5};
  const auto sum_of = [&](const Augment& augment) {  // FNV-1a over the values in single precision
    const Values result = changed(augment, shape, random_image(shape), 3);
    std::uint32_t hash = 2166136261U;
    for (const real v : result) {
      const auto value = static_cast<float>(v);
      std::uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      for (int k = 0; k < 4; ++k) hash = (hash ^ ((bits >> (8 * k)) & 255U)) * 16777619U;
    }
    return hash;
  };
  if (sizeof(real) != 4) return;
  CHECK(sum_of(Rotate({.degrees = 180})) == 1305392239U);
  CHECK(sum_of(Scale()) == 2647911340U);
  CHECK(sum_of(Elastic()) == 1792266925U);
  CHECK(sum_of(Noise()) == 2413685475U);
}

TEST_CASE("rotate: turns about the middle, by every angle alike") {
  double sum = 0, squares = 0;
  const int n = 2000;
  const Values map = map_of_places();
  for (int seed = 0; seed < n; ++seed) {
    const Values turned = changed(Rotate({.degrees = 40}), map_shape, map, static_cast<std::uint64_t>(seed));
    CHECK(down_of(turned, 5, 7) == doctest::Approx(5).epsilon(close));  // the middle stays
    CHECK(right_of(turned, 5, 7) == doctest::Approx(7).epsilon(close));
    const double s = (right_of(turned, 6, 7) - 7), c = down_of(turned, 6, 7) - 5, degrees = std::atan2(s, c) * 180 / pi;
    CHECK(s * s + c * c == doctest::Approx(1).epsilon(1e-5));
    CHECK(std::fabs(degrees) <= 40 + 1e-3);
    CHECK(down_of(turned, 5, 8) == doctest::Approx(5 - s).epsilon(1e-5));
    CHECK(right_of(turned, 5, 8) == doctest::Approx(7 + c).epsilon(1e-5));
    sum += degrees, squares += degrees * degrees;
  }
  const double deviation = 40 / std::sqrt(3.0);
  CHECK(std::fabs(sum / n) < 6 * deviation / std::sqrt(n));
  CHECK(std::sqrt(squares / n) == doctest::Approx(deviation).epsilon(6 / std::sqrt(2.0 * n)));
}

TEST_CASE("scale: moves all that is shown away from the middle, or to it, by one factor") {
  double sum = 0;
  const int n = 2000;
  const Values map = map_of_places();
  for (int seed = 0; seed < n; ++seed) {
    const Values scaled = changed(Scale({.low = 0.8, .high = 1.2}), map_shape, map, static_cast<std::uint64_t>(seed));
    CHECK(down_of(scaled, 5, 7) == doctest::Approx(5).epsilon(close));
    const double factor = 2 / (right_of(scaled, 5, 9) - 7);
    CHECK(factor >= 0.8 - 1e-5);
    CHECK(factor <= 1.2 + 1e-5);
    CHECK(down_of(scaled, 2, 7) == doctest::Approx(5 - 3 / factor).epsilon(1e-5));
    sum += factor - 1;
  }
  CHECK(std::fabs(sum / n) < 6 * 0.2 / std::sqrt(3.0 * n));
  // Twice as large, pixels lie at quarters between the old ones.
  const Values twice = changed(Scale({.low = 2, .high = 2}), Shape{1, 1, 4}, {0, 4, 8, 12}, 1);
  CHECK(twice == Values{3, 5, 7, 9});
  // However small or large the factor is, nothing is read that is not there.
  for (const double factor : {1e-300, 1e-9, 1e9, 1e300}) {
    const Values odd = changed(Scale({.low = factor, .high = factor, .fill = 0.5}), Shape{1, 4, 4}, Values(16, 1), 1);
    for (const real v : odd) CHECK(v == real(factor < 1 ? 0.5 : 1));
  }
}

TEST_CASE("elastic: the field is what it should be") {
  // Against the definition, in double: down(i, j) = alpha sum over pixels of a Gaussian that is cut off at 3 sigma.
  const double alpha = 8, sigma = 1.5;
  const Values map = map_of_places(), bent = changed(Elastic({.alpha = alpha, .sigma = sigma}), map_shape, map, 4);
  double total = 0;
  for (int k = -5; k <= 5; ++k) total += std::exp(-k * k / (2 * sigma * sigma));
  int seen = 0;
  for (int i = 0; i < 11; ++i)
    for (int j = 0; j < 15; ++j) {
      double down = 0, right = 0;
      for (int a = std::max(0, i - 5); a <= std::min(10, i + 5); ++a)
        for (int b = std::max(0, j - 5); b <= std::min(14, j + 5); ++b) {
          const double weight = std::exp(-((a - i) * (a - i) + (b - j) * (b - j)) / (2 * sigma * sigma)) / (total * total);
          const auto at = static_cast<std::uint64_t>(a * 15 + b);
          down += alpha * weight * Random(4).of(0).uniform(at, -1, 1), right += alpha * weight * Random(4).of(1).uniform(at, -1, 1);
        }
      if (i + down < 0 || i + down > 10 || j + right < 0 || j + right > 14) continue;  // there the fill comes in
      CHECK(down_of(bent, i, j) == doctest::Approx(i + down).epsilon(1e-5));
      CHECK(right_of(bent, i, j) == doctest::Approx(j + right).epsilon(1e-5));
      ++seen;
    }
  CHECK(seen > 100);
}

TEST_CASE("elastic: displacements have no mean, and the deviation that the header gives") {
  const Shape shape{2, 31, 31};
  Values map;
  for (int c = 0; c < 2; ++c)
    for (int i = 0; i < 31; ++i)
      for (int j = 0; j < 31; ++j) map.push_back(static_cast<real>(c == 0 ? i : j));
  double sum = 0, squares = 0;
  const int n = 300;
  for (int seed = 0; seed < n; ++seed) {
    const Values bent = changed(Elastic(), shape, map, static_cast<std::uint64_t>(seed));
    for (std::size_t c = 0; c < 2; ++c) {
      const double off = static_cast<double>(bent[961 * c + 480]) - 15;
      sum += off, squares += off * off;
    }
  }
  const double deviation = 34 / (std::sqrt(12 * pi) * 4);
  CHECK(std::fabs(sum / (2 * n)) < 6 * deviation / std::sqrt(2.0 * n));
  CHECK(std::sqrt(squares / (2 * n)) == doctest::Approx(deviation).epsilon(6 / std::sqrt(4.0 * n)));
}

TEST_CASE("noise: normal, of the deviation that was asked for, its own for each value") {
  const Shape shape{10000};
  const Values x(10000, 5), noisy = changed(Noise({.deviation = 0.25}), shape, x, 9);
  double sum = 0, squares = 0, products = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = (static_cast<double>(noisy[i]) - 5) / 0.25;
    sum += d, squares += d * d, products += i > 0 ? d * (static_cast<double>(noisy[i - 1]) - 5) / 0.25 : 0;
  }
  CHECK(std::fabs(sum / 1e4) < 6 / 1e2);
  CHECK(std::fabs(squares / 1e4 - 1) < 6 * std::sqrt(2.0) / 1e2);
  CHECK(std::fabs(products / 1e4) < 6 / 1e2);
}

TEST_CASE("flip: a flip of a flip changes nothing, and it comes as often as was asked for") {
  const Shape shape{2, 2, 3};
  const Values x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Values mirrored = {3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}, upside_down = {4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9};
  CHECK(changed(Flip({.probability = 1}), shape, x, 1) == mirrored);
  CHECK(changed(Flip({.probability = 1}), shape, mirrored, 1) == x);
  CHECK(changed(Flip({.vertical = true, .probability = 1}), shape, x, 1) == upside_down);
  for (const bool vertical : {false, true}) {
    const Shape odd{3, 5, 7};
    const Values image = random_image(odd);
    const Flip flip({.vertical = vertical, .probability = 1});
    CHECK(changed(flip, odd, changed(flip, odd, image, 1), 1) == image);
  }
  int flipped = 0;
  for (std::uint64_t seed = 0; seed < 10000; ++seed) {
    const Values result = changed(Flip({.probability = 0.3}), shape, x, seed);
    CHECK((result == x || result == mirrored));
    flipped += result == mirrored;
  }
  CHECK(std::abs(flipped - 3000) < 6 * std::sqrt(1e4 * 0.3 * 0.7));
}

TEST_CASE("random_crop: every place of the padded picture, alike") {
  const Shape shape{1, 3, 3};
  const Values x = {0, 0, 0, 0, 1, 0, 0, 0, 0};
  std::vector<int> seen(9);
  for (std::uint64_t seed = 0; seed < 9000; ++seed) {
    const Values result = changed(RandomCrop({.padding = 1}), shape, x, seed);
    REQUIRE(std::accumulate(result.begin(), result.end(), real(0)) == 1);
    ++seen[static_cast<std::size_t>(std::max_element(result.begin(), result.end()) - result.begin())];
  }
  for (const int count : seen) CHECK(std::abs(count - 1000) < 6 * std::sqrt(9000 * 8 / 81.0));
}

TEST_CASE("cutout: a square about any pixel, in all channels") {
  const Shape shape{2, 4, 5};
  const auto holes = [&](int size, std::uint64_t seed) {
    const Values result = changed(Cutout({.size = size, .fill = 9}), shape, Values(40, 1), seed);
    CHECK(std::equal(result.begin(), result.begin() + 20, result.begin() + 20));
    return Values(result.begin(), result.begin() + 20);
  };
  std::vector<int> seen(20);
  for (std::uint64_t seed = 0; seed < 10000; ++seed) {
    const Values one = holes(1, seed), three = holes(3, seed), two = holes(2, seed);
    const int at = static_cast<int>(std::max_element(one.begin(), one.end()) - one.begin()), row = at / 5, column = at % 5;
    ++seen[as_size(at)];
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 5; ++j) {
        const bool near = std::abs(i - row) <= 1 && std::abs(j - column) <= 1;
        REQUIRE(three[as_size(i * 5 + j)] == (near ? 9 : 1));
        REQUIRE(two[as_size(i * 5 + j)] == (near && i <= row && j <= column ? 9 : 1));
      }
  }
  for (const int count : seen) CHECK(std::abs(count - 500) < 6 * std::sqrt(1e4 * 19 / 400.0));
}

TEST_CASE("augments: what they refuse") {
  for (const auto& augment : all_strong()) {
    if (augment->describe().kind == "noise") continue;
    for (const Shape& flat : {Shape{784}, Shape{2, 3}})
      CHECK_THROWS_WITH_AS(augment->check(flat),
                           (augment->describe().kind + ": samples are " + flat.str() +
                            " and must be images (channels, height, width); try leaving it out of .augment")
                               .c_str(),
                           Error);
  }
  CHECK_NOTHROW(Noise().check(Shape{784}));
  CHECK_THROWS_WITH_AS(Rotate({.degrees = -1}), "rotate: .degrees = -1 must be between 0 and 180; try .degrees = 10", Error);
  CHECK_THROWS_WITH_AS(Scale({.low = 0}),
                       "scale: factors from .low = 0 to .high = 1.1 must be above 0, finite and in this order; "
                       "try .low = 0.9, .high = 1.1",
                       Error);
  CHECK_THROWS_WITH_AS(Elastic({.alpha = -1}), "elastic: .alpha = -1 must be at least 0 and finite; try .alpha = 34", Error);
  CHECK_THROWS_WITH_AS(Elastic({.sigma = 0}), "elastic: .sigma = 0 must be above 0 and at most 100 pixels; try .sigma = 4", Error);
  CHECK_THROWS_WITH_AS(Noise({.deviation = -1}), "noise: .deviation = -1 must be at least 0 and finite; try .deviation = 0.1",
                       Error);
  CHECK_THROWS_WITH_AS(Flip({.probability = 50}), "flip: .probability = 50 must be between 0 and 1; try .probability = 0.5", Error);
  CHECK_THROWS_WITH_AS(RandomCrop({.padding = -1}), "random_crop: .padding = -1 must be at least 0; try .padding = 4", Error);
  CHECK_THROWS_WITH_AS(RandomCrop({.padding = 3}).check(Shape{1, 3, 9}),
                       "random_crop: a padding of 3 pixels can leave nothing of an image of 1x3x9; try .padding = 2 or less",
                       Error);
  CHECK_THROWS_WITH_AS(Cutout({.size = -1}), "cutout: .size = -1 must be at least 0; try .size = 8", Error);
  CHECK_THROWS_WITH_AS(Cutout({.size = 9}).check(Shape{1, 28, 9}),
                       "cutout: a square of 9 pixels can cover all of an image of 1x28x9; try .size = 4", Error);
  CHECK_THROWS_WITH_AS(Rotate({.fill = inf}), "rotate: .fill = inf must be finite; try .fill = 0", Error);
}

TEST_CASE("augments: every option is looked at") {
  const double nan = std::nan("");
  for (const double bad : {nan, inf, -inf, 181.0}) CHECK_THROWS_AS(Rotate({.degrees = bad}), Error);
  for (const double bad : {nan, inf, -inf, -1.0}) {
    CHECK_THROWS_AS(Scale({.low = bad}), Error);
    CHECK_THROWS_AS(Scale({.high = bad}), Error);
    CHECK_THROWS_AS(Elastic({.alpha = bad}), Error);
    CHECK_THROWS_AS(Elastic({.sigma = bad}), Error);
    CHECK_THROWS_AS(Noise({.deviation = bad}), Error);
    CHECK_THROWS_AS(Flip({.probability = bad}), Error);
  }
  CHECK_THROWS_AS(Scale({.low = 1.2}), Error);
  CHECK_THROWS_AS(Elastic({.sigma = 101}), Error);
  for (const double bad : {nan, inf, -inf}) {
    CHECK_THROWS_WITH_AS(Scale({.fill = bad}), Contains("scale: .fill"), Error);
    CHECK_THROWS_WITH_AS(Elastic({.fill = bad}), Contains("elastic: .fill"), Error);
    CHECK_THROWS_WITH_AS(RandomCrop({.fill = bad}), Contains("random_crop: .fill"), Error);
    CHECK_THROWS_WITH_AS(Cutout({.fill = bad}), Contains("cutout: .fill"), Error);
  }
}

TEST_CASE("augments: they tell what they are") {
  CHECK(
      Augments(Rotate(), Scale(), Elastic(), Noise()).str() ==
      "rotate (degrees 10, fill 0), scale (low 0.9, high 1.1, fill 0), elastic (alpha 34, sigma 4, fill 0), noise (deviation 0.1)");
  CHECK(Augments(Flip(), RandomCrop(), Cutout()).str() ==
        "flip (vertical false, probability 0.5), random_crop (padding 4, fill 0), cutout (size 8, fill 0)");
  CHECK(Augments(Elastic(), Flip()).scratch(Shape{3, 4, 5}) == 60);
}

}  // namespace cambium
