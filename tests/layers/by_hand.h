// Cases worked by hand: short words for putting numbers into a layer and looking at what comes out.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/layer.h"
#include "tests/support/layer_bench.h"

namespace cambium {

using Doubles = std::vector<double>;

// Of a View, or of a span of parameters.
template <class Values>
void set(const Values& values, const Doubles& numbers) {
  REQUIRE(values.size() == numbers.size());
  auto to = values.begin();
  for (const double number : numbers) *to++ = static_cast<real>(number);
}

template <class Values>
Doubles get(const Values& values) {
  return {values.begin(), values.end()};
}

template <class Values>
void check_near(const Values& values, const Doubles& expected, double epsilon) {
  REQUIRE(values.size() == expected.size());
  auto got = values.begin();
  for (const double number : expected) CHECK(static_cast<double>(*got++) == doctest::Approx(number).epsilon(epsilon));
}

// A training step on these inputs and gradients, and its state taken over.
inline void step(LayerBench& bench, const Doubles& x, const Doubles& dy) {
  set(bench.x(), x), set(bench.dy(), dy);
  bench.forward();
  bench.backward();
  bench.commit();
}

// What the Error says that this throws, or "no error".
template <class Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline std::string plan_error(const Layer& layer, const std::vector<Shape>& in) {
  return error_of([&] { static_cast<void>(layer.plan({.in = in, .mode = Mode::train})); });
}

}  // namespace cambium
