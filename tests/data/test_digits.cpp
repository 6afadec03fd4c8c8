// The digits that the program draws itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/digits/strokes.h"

namespace cambium {
namespace {

using Image = std::array<unsigned char, digit_pixels>;

// Fowler, Noll, Vo: FNV-1a, 64 bits.
std::uint64_t hash(const std::vector<std::uint8_t>& bytes, std::uint64_t sum = 0xcbf29ce484222325ULL) {
  for (const auto byte : bytes) sum = (sum ^ byte) * 0x100000001b3ULL;
  return sum;
}

std::uint64_t hash(const DigitImages& made) { return hash(made.labels, hash(made.images)); }

std::string error_of(const DigitsOptions& options) {
  try {
    made_digits(Split::test, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("digits: the first thousand have the same bytes on every machine") {
  CHECK(hash(made_digits(Split::train, {.count = 1000})) == 0x56a15e0fe4c4374eULL);
  CHECK(hash(made_digits(Split::test, {.count = 1000})) == 0xf3cae3c9036d23afULL);
  CHECK(hash(made_digits(Split::train, {.count = 1000, .seed = 7, .difficulty = 1.5})) == 0x5899a052e7869364ULL);
}

TEST_CASE("digits: the bytes depend neither on threads, nor on the count, nor on the order") {
  const auto one = made_digits(Split::train, {.count = 500, .threads = 1});
  for (const int threads : {2, 3, 16}) CHECK(hash(made_digits(Split::train, {.count = 500, .threads = threads})) == hash(one));
  const auto longer = made_digits(Split::train, {.count = 777, .threads = 2});
  CHECK(std::memcmp(longer.images.data(), one.images.data(), one.images.size()) == 0);
  for (int i = 499; i >= 0; i -= 7) {
    Image image;
    image.fill(99);
    CHECK(draw_digit(1, Split::train, i, 1, image.data()) == one.labels[static_cast<std::size_t>(i)]);
    CHECK(std::memcmp(image.data(), one.images.data() + static_cast<std::size_t>(i) * digit_pixels, digit_pixels) == 0);
  }
}

TEST_CASE("digits: seed, split, index and difficulty each make another image") {
  const auto drawn = [](std::uint64_t seed, Split split, int index, double difficulty) {
    Image image;
    draw_digit(seed, split, index, difficulty, image.data());
    return image;
  };
  const Image first = drawn(1, Split::train, 0, 1);
  CHECK(first == drawn(1, Split::train, 0, 1));
  CHECK(first != drawn(2, Split::train, 0, 1));
  CHECK(first != drawn(1, Split::test, 0, 1));
  CHECK(first != drawn(1, Split::train, 1, 1));
  CHECK(first != drawn(1, Split::train, 0, 0.5));
  std::set<Image> different;
  for (int i = 0; i < 2000; ++i) different.insert(drawn(1, i % 2 == 0 ? Split::train : Split::test, i, 1));
  CHECK(different.size() == 2000);
}

TEST_CASE("digits: each ten samples are the ten digits, in orders of their own") {
  std::set<std::array<int, 10>> orders;
  for (int ten = 0; ten < 100; ++ten) {
    std::array<int, 10> order;
    int seen = 0;
    for (int i = 0; i < 10; ++i) {
      order[static_cast<std::size_t>(i)] = digit_label(1, Split::test, 10 * ten + i);
      seen |= 1 << order[static_cast<std::size_t>(i)];
    }
    CHECK(seen == 1023);
    orders.insert(order);
  }
  CHECK(orders.size() > 95);
}

TEST_CASE("digits: nobody who wrote a test sample wrote a training sample, and everybody wrote some") {
  std::set<int> training, testing;
  for (int i = 0; i < 60000; ++i) training.insert(digit_writer(1, Split::train, i));
  for (int i = 0; i < 10000; ++i) testing.insert(digit_writer(1, Split::test, i));
  CHECK(training.size() == 400);
  CHECK(*training.begin() == 0);
  CHECK(*training.rbegin() == 399);
  CHECK(testing.size() == 200);
  CHECK(*testing.begin() == 400);
  CHECK(*testing.rbegin() == 599);
}

TEST_CASE("digits: lie where the digits of MNIST lie, and have as much ink") {
  const auto made = made_digits(Split::train, {.count = 2000});
  double all = 0, off = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto* pixels = made.images.data() + i * digit_pixels;
    double mass = 0, x = 0, y = 0;
    int border = 0, darkest = 0;
    for (int p = 0; p < digit_pixels; ++p) {
      const int row = p / 28, column = p % 28, ink = pixels[p];
      mass += ink, x += ink * (column + 0.5), y += ink * (row + 0.5);
      if (row == 0 || row == 27 || column == 0 || column == 27) border += ink;
      darkest = std::max(darkest, ink);
    }
    CAPTURE(i);
    CHECK(std::fabs(x / mass - 14) < 3);
    CHECK(std::fabs(y / mass - 14) < 3);
    off += std::fabs(x / mass - 14) + std::fabs(y / mass - 14);
    CHECK(border == 0);
    CHECK(darkest > 150);
    CHECK((mass > 20 * 255 && mass < 260 * 255));
    all += mass;
  }
  CHECK(off / 4000 < 0.6);
  const double mean = all / 255 / 2000 / digit_pixels;  // 0.131 for MNIST
  CHECK((mean > 0.115 && mean < 0.145));
}

TEST_CASE("digits: without difficulty, a digit looks like its own mean more than like the others'") {
  std::array<std::array<double, digit_pixels>, 10> mean{};
  const auto made = made_digits(Split::train, {.count = 1000, .difficulty = 0.3});
  for (std::size_t i = 0; i < 1000; ++i)
    for (std::size_t p = 0; p < digit_pixels; ++p) mean[made.labels[i]][p] += made.images[i * digit_pixels + p] / 100.0;
  const auto test = made_digits(Split::test, {.count = 500, .difficulty = 0.3});
  int right = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    std::size_t best = 0;
    double least = 1e300;
    for (std::size_t digit = 0; digit < 10; ++digit) {
      double distance = 0;
      for (std::size_t p = 0; p < digit_pixels; ++p) {
        const double d = test.images[i * digit_pixels + p] - mean[digit][p];
        distance += d * d;
      }
      if (distance < least) least = distance, best = digit;
    }
    right += best == test.labels[i];
  }
  CHECK(right > 425);
}

TEST_CASE("digits: a dataset of ten classes") {
  const auto data = digits(Split::test, {.count = 30});
  CHECK(data.size() == 30);
  CHECK(data.input_shapes() == std::vector<Shape>{Shape{1, 28, 28}});
  CHECK(data.target_kinds()[0].classes == 10);
}

TEST_CASE("digits: extreme difficulty stays within the picture") {
  for (const double difficulty : {0.0, 2.0}) {
    const auto made = made_digits(Split::test, {.count = 300, .difficulty = difficulty});
    for (std::size_t i = 0; i < 300; ++i) {
      int sum = 0;
      for (std::size_t p = 0; p < digit_pixels; ++p) sum += made.images[i * digit_pixels + p];
      CHECK(sum > 10 * 255);
    }
  }
}

TEST_CASE("digits: every skeleton begins with the pen going down and fits its bounds") {
  for (int digit = 0; digit < 10; ++digit) {
    CAPTURE(digit);
    CHECK(pen::digit_skeletons(digit).size() >= 3);
    for (const auto& way : pen::digit_skeletons(digit)) {
      CHECK(way.weight > 0);
      CHECK(way.knots.size() <= pen::most_knots);
      CHECK(way.knots[0].pen == pen::Knot::down);
      for (std::size_t i = 0; i < way.knots.size(); ++i)  // no stroke of a single point
        if (way.knots[i].pen == pen::Knot::down) CHECK((i + 1 < way.knots.size() && way.knots[i + 1].pen != pen::Knot::down));
    }
  }
}

TEST_CASE("digits: what is out of range is told") {
  CHECK(error_of({.count = -1}) == "made digits: count -1 is below 0; try .count = 10000");
  CHECK(error_of({.count = 1, .difficulty = 2.5}) == "made digits: difficulty 2.5 is not between 0 and 2; try .difficulty = 1");
  CHECK(error_of({.count = 1, .difficulty = std::nan("")}) ==
        "made digits: difficulty nan is not between 0 and 2; try .difficulty = 1");
  CHECK(error_of({.count = 1, .threads = 65}) ==
        "made digits: threads 65 is not between 0 and 64; try .threads = 0 for one per processor");
}

}  // namespace
}  // namespace cambium
