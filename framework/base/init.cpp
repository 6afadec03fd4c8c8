#include "cambium/framework/base/init.h"

#include <cmath>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

using Kind = Initializer::Kind;

const char* name(Kind kind) {
  switch (kind) {
    case Kind::zeros: return "zeros";
    case Kind::ones: return "ones";
    case Kind::constant: return "constant";
    case Kind::uniform: return "uniform";
    case Kind::normal: return "normal";
    case Kind::glorot_uniform: return "glorot_uniform";
    case Kind::glorot_normal: return "glorot_normal";
    case Kind::he_uniform: return "he_uniform";
    case Kind::he_normal: return "he_normal";
  }
  return "unknown";
}

bool takes_number(Kind kind) { return kind == Kind::constant || kind == Kind::uniform || kind == Kind::normal; }
bool reads_fans(Kind kind) { return kind >= Kind::glorot_uniform; }

void check(const Initializer& rule, int fan_in, int fan_out) {
  const std::string who = "initializer " + rule.str() + ": ";
  if (takes_number(rule.kind) && !std::isfinite(rule.value)) throw Error(who + "the number must be finite", "0.05");
  if ((rule.kind == Kind::uniform || rule.kind == Kind::normal) && rule.value < 0)
    throw Error(who + "the width must not be negative", text_of(-rule.value));
  if (reads_fans(rule.kind) && (fan_in < 1 || fan_out < 1))
    throw Error(who + "needs a fan_in and a fan_out of at least 1, and got " + text_of(fan_in) + " and " + text_of(fan_out),
                "uniform(0.05), which reads neither");
}

// Half the width of a uniform rule, the standard deviation of a normal one: a uniform in [-b, b) has the variance b^2 / 3.
double width(const Initializer& rule, int fan_in, int fan_out) {
  const double fans = static_cast<double>(fan_in) + static_cast<double>(fan_out);
  switch (rule.kind) {
    case Kind::glorot_uniform: return std::sqrt(6.0 / fans);
    case Kind::glorot_normal: return std::sqrt(2.0 / fans);
    case Kind::he_uniform: return std::sqrt(6.0 / fan_in);
    case Kind::he_normal: return std::sqrt(2.0 / fan_in);
    default: return rule.value;
  }
}

}  // namespace

std::string Initializer::str() const {
  return takes_number(kind) ? std::string(name(kind)) + "(" + text_of(value) + ")" : name(kind);
}

void fill(const Initializer& rule, real* values, std::size_t n, int fan_in, int fan_out, Random random) {
  check(rule, fan_in, fan_out);
  const double a = width(rule, fan_in, fan_out);
  switch (rule.kind) {
    case Kind::zeros:
    case Kind::ones:
    case Kind::constant: {
      const double same = rule.kind == Kind::zeros ? 0 : rule.kind == Kind::ones ? 1 : rule.value;
      for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(same);
      break;
    }
    case Kind::uniform:
    case Kind::glorot_uniform:
    case Kind::he_uniform:
      for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(random.uniform(i, -a, a));
      break;
    case Kind::normal:
    case Kind::glorot_normal:
    case Kind::he_normal:
      for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(a * random.normal(i));
      break;
  }
}

}  // namespace cambium
