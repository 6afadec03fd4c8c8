// Single precision against double, layer by layer, from the same inputs of order 1.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "tests/precision/layer_values.h"

namespace {

// L2 length of the difference, relative to that of the double result.
double error(const std::vector<double>& single, const std::vector<double>& exact) {
  double difference = 0, length = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    difference += (single[i] - exact[i]) * (single[i] - exact[i]);
    length += exact[i] * exact[i];
  }
  return length == 0 && difference == 0 ? 0 : std::sqrt(difference / length);
}

struct Worst {
  double error = 0;
  int tensors = 0;
};

}  // namespace

TEST_CASE("every layer and loss in single precision is close to itself in double") {
  const auto single = single_precision::layer_values(), exact = double_precision::layer_values();
  REQUIRE(single.size() == exact.size());
  std::map<std::string, Worst> by_kind;
  bool all_the_same = true;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    REQUIRE(single[i].kind == exact[i].kind);
    REQUIRE(single[i].values.size() == exact[i].values.size());
    INFO(exact[i].kind, ", tensor ", i);
    const double e = error(single[i].values, exact[i].values);
    CHECK(e <= 2e-5);
    Worst& worst = by_kind[exact[i].kind];
    worst.error = std::max(worst.error, e), ++worst.tensors;
    all_the_same &= e == 0;
  }
  CHECK(!all_the_same);  // else it was one precision twice
  std::string table = fmt::format("single precision against double, L2 of outputs and gradients:\n{:<24}{:>12}{:>12}{:>8}\n",
                                  "layer or loss", "worst error", "allowed", "tensors");
  for (const auto& [kind, worst] : by_kind)
    table += fmt::format("{:<24}{:>12.1e}{:>12.0e}{:>8}\n", kind, worst.error, 2e-5, worst.tensors);
  fmt::print("{}", table);
}
