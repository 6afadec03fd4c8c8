#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/augment.h"

namespace cambium {
namespace {

using doctest::Contains;

std::vector<real> shifted(const ShiftOptions& options, const Shape& shape, std::vector<real> image, std::uint64_t seed) {
  const Shift shift(options);
  std::vector<real> scratch(shift.scratch(shape));
  shift.apply(image.data(), shape, Random(seed), scratch.data());
  return image;
}

// The definition, value by value.
std::vector<real> moved(const Shape& shape, const std::vector<real>& x, int down, int right, real fill) {
  std::vector<real> y(x.size(), fill);
  for (int c = 0; c < shape[0]; ++c)
    for (int i = 0; i < shape[1]; ++i)
      for (int j = 0; j < shape[2]; ++j)
        if (i - down >= 0 && i - down < shape[1] && j - right >= 0 && j - right < shape[2])
          y[static_cast<std::size_t>((c * shape[1] + i) * shape[2] + j)] =
              x[static_cast<std::size_t>((c * shape[1] + i - down) * shape[2] + j - right)];
  return y;
}

TEST_CASE("a shift by one gives the nine pictures that it should") {
  const Shape shape{1, 2, 3};
  const std::vector<real> image = {1, 2, 3,  //
                                   4, 5, 6};
  const std::vector<std::vector<real>> expected = {{5, 6, 9, 9, 9, 9}, {4, 5, 6, 9, 9, 9}, {9, 4, 5, 9, 9, 9},   // up
                                                   {2, 3, 9, 5, 6, 9}, {1, 2, 3, 4, 5, 6}, {9, 1, 2, 9, 4, 5},   // level
                                                   {9, 9, 9, 2, 3, 9}, {9, 9, 9, 1, 2, 3}, {9, 9, 9, 9, 1, 2}};  // down
  std::map<std::vector<real>, int> seen;
  const int n = 9000;
  for (int seed = 0; seed < n; ++seed) ++seen[shifted({.pixels = 1, .fill = 9}, shape, image, static_cast<std::uint64_t>(seed))];
  CHECK(seen.size() == 9);
  const double deviation = std::sqrt(n * (1.0 / 9) * (8.0 / 9));
  for (const auto& picture : expected) CHECK(std::abs(seen[picture] - n / 9) < 6 * deviation);
}

TEST_CASE("all channels move together, by no more than was asked for") {
  const Shape shape{3, 7, 5};
  std::vector<real> image(static_cast<std::size_t>(shape.size()));
  std::iota(image.begin(), image.end(), real(1));
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto result = shifted({.pixels = 3}, shape, image, seed);
    int matches = 0;
    for (int down = -3; down <= 3; ++down)
      for (int right = -3; right <= 3; ++right) matches += result == moved(shape, image, down, right, 0);
    CHECK(matches == 1);
  }
  CHECK(shifted({.pixels = 0}, shape, image, 1) == image);
}

TEST_CASE("several augmentations follow each other") {
  class Plus : public Augment {
   public:
    explicit Plus(real value) : value_(value) {}
    void check(const Shape&) const override {}
    void apply(real* sample, const Shape& shape, Random, real*) const noexcept override {
      for (int i = 0; i < shape.size(); ++i) sample[i] = 2 * sample[i] + value_;
    }
    Description describe() const override { return {"plus", {}}; }

   private:
    real value_;
  };
  const Augments none, one = Plus(1), two = {Plus(1), Plus(5)};
  CHECK(none.empty());
  CHECK(none.str() == "none");
  CHECK_FALSE(two.empty());
  CHECK(two.str() == "plus, plus");
  std::vector<real> x = {1, 2};
  none.apply(x.data(), Shape{2}, Random(1), nullptr);
  one.apply(x.data(), Shape{2}, Random(1), nullptr);
  CHECK(x == std::vector<real>{3, 5});
  two.apply(x.data(), Shape{2}, Random(1), nullptr);
  CHECK(x == std::vector<real>{19, 27});
  CHECK(Augments(Plus(1), Shift()).scratch(Shape{3, 4, 5}) == 20);
  CHECK(Augments(Shift({.pixels = 1})).str() == "shift (pixels 1, fill 0)");
}

TEST_CASE("what a shift refuses") {
  CHECK_THROWS_WITH_AS(Shift({.pixels = -1}), Contains("pixels is -1 and must be at least 0"), Error);
  CHECK_THROWS_WITH_AS(Shift({.fill = std::numeric_limits<double>::quiet_NaN()}), Contains("must be finite"), Error);
  CHECK_THROWS_WITH_AS(Shift().check(Shape{784}), Contains("samples are 784 and must be images"), Error);
  CHECK_THROWS_WITH_AS(Shift().check(Shape{2, 3}), Contains("must be images"), Error);
  CHECK_THROWS_WITH_AS(Shift({.pixels = 3}).check(Shape{1, 3, 9}), Contains("out of sight; try .pixels = 2 or less"), Error);
  CHECK_NOTHROW(Shift({.pixels = 3}).check(Shape{1, 4, 4}));
}

}  // namespace
}  // namespace cambium
