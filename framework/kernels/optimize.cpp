#include "cambium/framework/kernels/optimize.h"

#include <cmath>
#include <cstdint>

namespace cambium::CAMBIUM_ISA {
namespace {

// Each loop below exists three times: for a gradient as it is, for one with decay, and for one with clipping, l1 or a limit, which
// are rare. The template arguments are the branches that must not stand inside a loop. Where an option is off all three give the
// same bits, but for the sign of a zero: x * 1, x + 0 * w and a clamp at infinity change nothing.
enum class ShapeCase { plain, decay, rare };

ShapeCase case_of(const GradientShape& shape) {
  if (shape.clip < INFINITY || shape.l1 != 0 || shape.limit < INFINITY) return ShapeCase::rare;
  return shape.l2 != 0 ? ShapeCase::decay : ShapeCase::plain;
}

// Two separate selects, not one nested one: a comparison that is only sometimes made keeps the compiler from vectorising.
// NaN passes through.
inline real clamp(real x, real bound) {
  x = x > bound ? bound : x;
  return x < -bound ? -bound : x;
}

// The compiler's own root is one instruction, and exact to the last bit at every instruction set.
inline real root(real x) {
  if constexpr (sizeof(real) == sizeof(float))
    return __builtin_sqrtf(static_cast<float>(x));
  else
    return static_cast<real>(__builtin_sqrt(static_cast<double>(x)));
}

template <ShapeCase kind>
inline real shaped(real dw, real w, const GradientShape& shape) {
  real g = dw * shape.scale;
  if constexpr (kind == ShapeCase::rare) g = clamp(g, shape.clip);
  if constexpr (kind != ShapeCase::plain) g = g + shape.l2 * w;
  if constexpr (kind == ShapeCase::rare) g = g + shape.l1 * (static_cast<real>(w > 0) - static_cast<real>(w < 0));
  return g;
}

template <ShapeCase kind>
inline real limited(real w, const GradientShape& shape) {
  if constexpr (kind == ShapeCase::rare) return clamp(w, shape.limit);
  return w;
}

// What infinity and NaN leave of a difference from themselves is NaN; a number leaves 0, whose bits are all 0. Bits are gathered
// and asked once: an OR is done in vectors, in any order.
template <class T>
struct BitsOf {
  using type = std::uint64_t;
};
template <>
struct BitsOf<float> {
  using type = std::uint32_t;
};
using Bits = BitsOf<real>::type;
inline Bits bits_of(real x) { return __builtin_bit_cast(Bits, x); }

template <bool momentum, bool nesterov, ShapeCase kind>
bool sgd_loop(real* __restrict w, const real* __restrict dw, real* __restrict velocity, std::size_t n, SgdRule rule,
              GradientShape shape) {
  Bits bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const real g = shaped<kind>(dw[i], w[i], shape);
    real direction = g;
    if constexpr (momentum) {
      const real v = rule.momentum * velocity[i] + g;
      velocity[i] = v;
      direction = nesterov ? g + rule.momentum * v : v;
    }
    const real moved = limited<kind>(w[i] - rule.rate * direction, shape);
    bad |= bits_of(moved - moved);
    if constexpr (kind == ShapeCase::rare) bad |= bits_of(direction - direction);  // a limit hides an infinite velocity
    w[i] = moved;
  }
  return bad == 0;
}

template <ShapeCase kind>
bool sgd_with(real* w, const real* dw, real* velocity, std::size_t n, SgdRule rule, GradientShape shape) {
  if (!velocity) return sgd_loop<false, false, kind>(w, dw, velocity, n, rule, shape);
  if (!rule.nesterov) return sgd_loop<true, false, kind>(w, dw, velocity, n, rule, shape);
  return sgd_loop<true, true, kind>(w, dw, velocity, n, rule, shape);
}

bool sgd(real* w, const real* dw, real* velocity, std::size_t n, SgdRule rule, GradientShape shape) {
  switch (case_of(shape)) {
    case ShapeCase::plain: return sgd_with<ShapeCase::plain>(w, dw, velocity, n, rule, shape);
    case ShapeCase::decay: return sgd_with<ShapeCase::decay>(w, dw, velocity, n, rule, shape);
    default: return sgd_with<ShapeCase::rare>(w, dw, velocity, n, rule, shape);
  }
}

template <ShapeCase kind>
bool adam_loop(real* __restrict w, const real* __restrict dw, real* __restrict m, real* __restrict v, std::size_t n, AdamRule rule,
               GradientShape shape) {
  const real new1 = 1 - rule.beta1, new2 = 1 - rule.beta2;
  Bits bad = 0;
  std::make_signed_t<Bits> largest = 0;  // of v, which is not negative: as whole numbers they order alike
  for (std::size_t i = 0; i < n; ++i) {
    const real g = shaped<kind>(dw[i], w[i], shape);
    const real mean = rule.beta1 * m[i] + new1 * g;
    const real square = rule.beta2 * v[i] + new2 * g * g;
    // w - decay w, since 1 - decay would round a small decay away.
    const real decayed = w[i] - rule.decay * w[i];
    const real moved = limited<kind>(decayed - rule.rate * mean / (root(square) * rule.root_correction + rule.epsilon), shape);
    bad |= bits_of(moved - moved);  // where an infinite m shows, but not an infinite v
    if constexpr (kind == ShapeCase::rare) bad |= bits_of(mean - mean);
    const auto bits = static_cast<std::make_signed_t<Bits>>(bits_of(square));
    largest = bits > largest ? bits : largest;
    m[i] = mean, v[i] = square, w[i] = moved;
  }
  return bad == 0 && __builtin_bit_cast(real, largest) < INFINITY;
}

bool adam(real* w, const real* dw, real* m, real* v, std::size_t n, AdamRule rule, GradientShape shape) {
  switch (case_of(shape)) {
    case ShapeCase::plain: return adam_loop<ShapeCase::plain>(w, dw, m, v, n, rule, shape);
    case ShapeCase::decay: return adam_loop<ShapeCase::decay>(w, dw, m, v, n, rule, shape);
    default: return adam_loop<ShapeCase::rare>(w, dw, m, v, n, rule, shape);
  }
}

void shape_only(const real* __restrict w, const real* __restrict dw, real* __restrict g, std::size_t n, GradientShape shape) {
  for (std::size_t i = 0; i < n; ++i) g[i] = shaped<ShapeCase::rare>(dw[i], w[i], shape);
}

void limit_only(real* w, std::size_t n, GradientShape shape) {
  for (std::size_t i = 0; i < n; ++i) w[i] = limited<ShapeCase::rare>(w[i], shape);
}

}  // namespace

extern const OptimizeKernels optimize_kernels;
const OptimizeKernels optimize_kernels = {.sgd = sgd, .adam = adam, .shape = shape_only, .limit = limit_only};

}  // namespace cambium::CAMBIUM_ISA
