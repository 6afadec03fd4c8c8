#include <doctest/doctest.h>

#include <cmath>

#include "cambium/layers/normalization/ramp.h"
#include "tests/layers/by_hand.h"

namespace cambium {

TEST_CASE("ramp: straight lines between points, and constant outside") {
  const Ramp ramp = {{5000, 1}, {40000, 3}};
  CHECK(ramp.at(-1) == 1);
  CHECK(ramp.at(0) == 1);
  CHECK(ramp.at(5000) == 1);
  CHECK(ramp.at(22500) == 2);
  CHECK(ramp.at(40000) == 3);
  CHECK(ramp.at(1e18) == 3);
  CHECK(ramp.least() == 1);

  const Ramp three = {{0, 4}, {2, 0}, {3, 8}};
  const double values[] = {4, 3, 2, 1, 0, 4, 8, 8};
  for (int i = 0; i < 8; ++i) CHECK(three.at(0.5 * i) == values[i]);
  CHECK(three.least() == 0);
  CHECK(three.at(std::nan("")) == 4);
}

TEST_CASE("ramp: one number is that number always") {
  const Ramp always = 3;
  for (const double step : {-1.0, 0.0, 1.0, 1e9}) CHECK(always.at(step) == 3);
  CHECK(always.str() == "3");
  CHECK(Ramp{{7, 0.5}}.at(0) == 0.5);
}

TEST_CASE("ramp: as a text") {
  CHECK(Ramp{{5000, 1}, {40000, 3}}.str() == "[5000: 1, 40000: 3]");
  CHECK(Ramp{{0, 0.25}, {1.5, 1e-8}}.str() == "[0: 0.25, 1.5: 1e-8]");
}

TEST_CASE("ramp errors") {
  const auto error = [](const std::vector<Ramp::Point>& points) { return error_of([&] { Ramp{points}; }); };
  const std::string remedy = "; try one number, or points such as {{5000, 1}, {40000, 3}}";
  CHECK(error({}) == "a ramp without points" + remedy);
  CHECK(error({{1, 2}, {1, 3}}) == "a ramp with step 1 after step 1, and steps must increase" + remedy);
  CHECK(error({{0, 1}, {5, 2}, {3, 3}}) == "a ramp with step 3 after step 5, and steps must increase" + remedy);
  CHECK(error({{0, std::nan("")}}) == "a ramp with the value nan at step 0, which must be finite" + remedy);
  CHECK(error({{0, 1}, {HUGE_VAL, 2}}) == "a ramp with the value 2 at step inf, which must be finite" + remedy);
  CHECK(error_of([] { Ramp{-HUGE_VAL}; }) == "a ramp with the value -inf at step 0, which must be finite" + remedy);
}

}  // namespace cambium
