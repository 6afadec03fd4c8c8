// The rules of SGD and of Adam over rows of an outer gradient, at every instruction set, against the same row by row and value by
// value.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

using Values = std::vector<real>;
constexpr real guard = 77;
const real endless = static_cast<real>(INFINITY);
const GradientShape shapes[] = {{endless, 0, 0, endless},
                                {endless, 0, static_cast<real>(0.01), endless},
                                {static_cast<real>(0.5), static_cast<real>(0.01), static_cast<real>(0.02), static_cast<real>(0.9)}};

Values draw(std::size_t n, std::uint64_t seed) {
  Values values(n + 1, guard);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, -1, 1));
  return values;
}

bool same_bits(const Values& a, const Values& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0; }

// All that a rule moves: weights, and one or two moments.
struct Moved {
  Values w, m, v;
};

// `run` over all rows at once must leave the bits that it leaves value by value.
template <class Run>
void check(const char* what, std::size_t rows, std::size_t count, const Run& run) {
  const Values row = draw(count, 1), scales = draw(rows, 2);
  const auto start = [&] {
    Moved moved{draw(rows * count, 3), draw(rows * count, 4), draw(rows * count, 5)};
    for (real& v : moved.v) v = std::abs(v);
    return moved;
  };
  for (const Isa isa : available_isas())
    for (const GradientShape& shape : shapes) {
      Moved whole = start(), single = start();
      const OptimizeKernels& k = kernels(isa).optimize;
      bool good = run(k, whole, 0, {row.data(), count, scales.data(), rows}, shape);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t i = 0; i < count; ++i) good &= run(k, single, r * count + i, {&row[i], 1, &scales[r], 1}, shape);
      const std::string which = fmt::format("{}, {} rows of {}, {}", what, rows, count, name(isa));
      CHECK_MESSAGE(good, which);
      CHECK_MESSAGE((same_bits(whole.w, single.w) && same_bits(whole.m, single.m) && same_bits(whole.v, single.v)), which);
    }
}

}  // namespace

TEST_CASE("optimize: rows together have the bits of values by themselves, at every instruction set") {
  const real rate = static_cast<real>(0.1), momentum = static_cast<real>(0.9);
  for (const std::size_t rows : {0, 1, 3})
    for (const std::size_t count : {1, 2, 7, 8, 11, 16, 35, 64}) {
      check("sgd", rows, count, [&](const OptimizeKernels& k, Moved& moved, std::size_t at, GradientRows dw, GradientShape shape) {
        return k.sgd(&moved.w[at], dw, nullptr, {rate, 0, false}, shape);
      });
      for (const bool nesterov : {false, true})
        check("momentum", rows, count,
              [&](const OptimizeKernels& k, Moved& moved, std::size_t at, GradientRows dw, GradientShape shape) {
                return k.sgd(&moved.w[at], dw, &moved.m[at], {rate, momentum, nesterov}, shape);
              });
      check("adam", rows, count, [&](const OptimizeKernels& k, Moved& moved, std::size_t at, GradientRows dw, GradientShape shape) {
        const AdamRule rule{rate, momentum, static_cast<real>(0.99), 1, static_cast<real>(1e-8), static_cast<real>(0.001)};
        return k.adam(&moved.w[at], dw, &moved.m[at], &moved.v[at], rule, shape);
      });
    }
}

TEST_CASE("optimize: sgd tells of a weight that is not finite, wherever it stands, and of nothing where a limit holds") {
  const real one = 1, rate = static_cast<real>(0.1);
  for (const Isa isa : available_isas())
    for (const std::size_t count : {1, 7, 8, 13, 16, 33})
      for (std::size_t at = 0; at < count; ++at) {
        Values w = draw(count, 1), dw(count, one);
        dw[at] = endless;
        CHECK_FALSE(kernels(isa).optimize.sgd(w.data(), {dw.data(), count, &one, 1}, nullptr, {rate, 0, false}, shapes[0]));
        Values clipped = draw(count, 1);
        const Values ones(count, one);  // behind which an infinite scale meets no zero
        CHECK(kernels(isa).optimize.sgd(clipped.data(), {ones.data(), count, &endless, 1}, nullptr, {rate, 0, false}, shapes[2]));
      }
}

}  // namespace cambium
