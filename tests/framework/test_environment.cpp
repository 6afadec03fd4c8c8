#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "cambium/framework/base/environment.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/layers/linear/dense.h"

namespace cambium {
namespace {

// Sets a variable of this process and brings back what it was.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// What a plan says under this setting.
std::string plan_says(const char* name, const char* value) {
  const Variable variable(name, value);
  const Sequential net(Shape{3}, Dense(2));
  Weights weights(net, 1);
  try {
    const Plan plan(net, weights, {});
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_CASE("environment: what is not understood is refused when a plan is made") {
  CHECK(
      plan_says("CAMBIUM_ISA", "foo").starts_with("environment: CAMBIUM_ISA=foo, which on this processor must be one of portable"));
  CHECK(plan_says("CAMBIUM_ISA", "AVX2") != "");
  CHECK(plan_says("CAMBIUM_ISA", "avx1024") != "");
  CHECK(plan_says("CAMBIUM_WINOGRAD", "off") ==
        "environment: CAMBIUM_WINOGRAD=off, which must be one of 0, 1; try CAMBIUM_WINOGRAD=1, or leaving it away");
  CHECK(plan_says("CAMBIUM_POISON", "foo") ==
        "environment: CAMBIUM_POISON=foo, which must be one of 0, 1; try CAMBIUM_POISON=1, or leaving it away");
  CHECK(plan_says("CAMBIUM_WINOGRAD", std::string(100'000, 'x').c_str()).size() < 300);
}

TEST_CASE("environment: what is understood, and nothing, is fine") {
  for (const Isa isa : available_isas()) CHECK(plan_says("CAMBIUM_ISA", name(isa)) == "");
  CHECK(plan_says("CAMBIUM_ISA", "") == "");
  CHECK(plan_says("CAMBIUM_WINOGRAD", "0") == "");
  CHECK(plan_says("CAMBIUM_WINOGRAD", "1") == "");
}

TEST_CASE("environment: an instruction set that this processor has not is refused") {
  if (available_isas().back() == Isa::avx512) return;
  CHECK(plan_says("CAMBIUM_ISA", "avx512") != "");
}

}  // namespace
}  // namespace cambium
