#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/numbers.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/base/shape.h"

namespace cambium {
namespace {

struct SwishOptions {
  int filters = 16;
  double rate = 1e-3;
  bool bias = false;
  Numbers weights = {1, 0.5};
  template <class V>
  void fields(V&& visit) {
    visit("filters", filters), visit("rate", rate), visit("bias", bias), visit("weights", weights);
  }
};

TEST_CASE("numbers are told with the fewest digits") {
  CHECK(text_of(0.001) == "0.001");
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(1.0) == "1");
  CHECK(text_of(0.0) == "0");
  CHECK(text_of(-2.5) == "-2.5");
  CHECK(text_of(1e-8) == "1e-8");
  CHECK(text_of(-1.5e-10) == "-1.5e-10");
  CHECK(text_of(1e20) == "1e20");
  CHECK(text_of(1e100) == "1e100");
  CHECK(text_of(100000.0) == "100000");
  CHECK(text_of(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(text_of(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(text_of(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(text_of(7) == "7");
  CHECK(text_of(true) == "true");
  CHECK(text_of(false) == "false");
  CHECK(text_of("same") == "same");
  CHECK(text_of(Shape{3, 5}) == "3x5");
}

TEST_CASE("numbers read back as they were") {
  const Random random(11);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double value = std::ldexp(random.uniform(i, -1, 1), static_cast<int>(random.below(i + 10000, 2000)) - 1000);
    CHECK(std::strtod(text_of(value).c_str(), nullptr) == value);
  }
  for (const double value : {5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 1.0 / 3})
    CHECK(std::strtod(text_of(value).c_str(), nullptr) == value);
}

TEST_CASE("an object tells its kind and its options") {
  CHECK(describe_options("swish", SwishOptions{}).str() == "swish (filters 16, rate 0.001, bias false, weights [1, 0.5])");
  CHECK(describe_options("swish", SwishOptions{.weights = {}}).fields_str() == "filters 16, rate 0.001, bias false, weights []");
  CHECK(Description{"relu", {}}.str() == "relu");
  CHECK(Description{"relu", {}}.fields_str() == "");
}

}  // namespace
}  // namespace cambium
