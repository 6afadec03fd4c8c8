#include "cambium/framework/kernels/optimize.h"

#include <cmath>
#include <cstdint>

#include "cambium/framework/kernels/simd.h"

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

// V is a number, or a vector of them. Two separate selects, not one nested one: a comparison that is only sometimes made keeps the
// compiler from vectorising. NaN passes through.
template <class V>
inline V clamp(V x, real bound) {
  const V most = V{} + bound, least = -most;
  x = x > most ? most : x;
  return x < least ? least : x;
}

// The compiler's own root is one instruction, and exact to the last bit at every instruction set.
inline real root(real x) {
  if constexpr (sizeof(real) == sizeof(float))
    return __builtin_sqrtf(static_cast<float>(x));
  else
    return static_cast<real>(__builtin_sqrt(static_cast<double>(x)));
}

template <ShapeCase kind, class V>
inline V shaped(V dw, V w, const GradientShape& shape) {
  const V none = {}, one = none + real(1);
  V g = dw;
  if constexpr (kind == ShapeCase::rare) g = clamp(g, shape.clip);
  if constexpr (kind != ShapeCase::plain) g = g + shape.l2 * w;
  if constexpr (kind == ShapeCase::rare) g = g + shape.l1 * ((w > none ? one : none) - (w < none ? one : none));
  return g;
}

template <ShapeCase kind, class V>
inline V limited(V w, const GradientShape& shape) {
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
typedef Bits BitsVec __attribute__((vector_size(vector_bytes)));
inline Bits bits_of(real x) { return __builtin_bit_cast(Bits, x); }

// All bits of the first n lanes.
inline BitsVec first_lanes(int n) {
  BitsVec lanes = {};
  for (int lane = 0; lane < n; ++lane) lanes[lane] = static_cast<Bits>(~Bits{0});
  return lanes;
}

// Rows are short where a layer is small, so their last values are a vector as well, of which the lanes behind them do not count.
template <bool momentum, bool nesterov, ShapeCase kind>
bool sgd_rows(real* __restrict w, GradientRows dw, real* __restrict velocity, SgdRule rule, GradientShape shape) {
  const auto move = [&](Index i, Index at, Vec scale, auto take, auto put) __attribute__((always_inline)) {
    const Vec old = take(w + at), g = shaped<kind>(take(dw.row + i) * scale, old, shape);
    Vec direction = g;
    if constexpr (momentum) {
      const Vec v = rule.momentum * take(velocity + at) + g;
      put(velocity + at, v);
      direction = nesterov ? g + rule.momentum * v : v;
    }
    const Vec moved = limited<kind>(old - rule.rate * direction, shape);
    put(w + at, moved);
    BitsVec bad = (BitsVec)(moved - moved);
    if constexpr (kind == ShapeCase::rare) bad |= (BitsVec)(direction - direction);  // a limit hides an infinite velocity
    return bad;
  };
  const auto count = static_cast<Index>(dw.count), whole = count / width * width;
  const int n = static_cast<int>(count - whole);
  const BitsVec last = first_lanes(n);
  BitsVec bad = {};
  for (Index r = 0, first = 0; r < static_cast<Index>(dw.rows); ++r, first += count) {
    const Vec scale = broadcast(dw.scales[r]);
    for (Index i = 0; i < whole; i += width)
      bad |= move(
          i, first + i, scale, [](const real* p) { return load(p); }, [](real* p, Vec v) { store(p, v); });
    if (n > 0)
      bad |= last & move(
                        whole, first + whole, scale, [n](const real* p) { return load_partial(p, n); },
                        [n](real* p, Vec v) { store_partial(p, v, n); });
  }
  Bits any = 0;
  for (int lane = 0; lane < width; ++lane) any |= static_cast<Bits>(bad[lane]);
  return any == 0;
}

template <ShapeCase kind>
bool sgd_with(real* w, GradientRows dw, real* velocity, SgdRule rule, GradientShape shape) {
  if (!velocity) return sgd_rows<false, false, kind>(w, dw, velocity, rule, shape);
  if (!rule.nesterov) return sgd_rows<true, false, kind>(w, dw, velocity, rule, shape);
  return sgd_rows<true, true, kind>(w, dw, velocity, rule, shape);
}

bool sgd(real* w, GradientRows dw, real* velocity, SgdRule rule, GradientShape shape) {
  switch (case_of(shape)) {
    case ShapeCase::plain: return sgd_with<ShapeCase::plain>(w, dw, velocity, rule, shape);
    case ShapeCase::decay: return sgd_with<ShapeCase::decay>(w, dw, velocity, rule, shape);
    default: return sgd_with<ShapeCase::rare>(w, dw, velocity, rule, shape);
  }
}

template <ShapeCase kind>
bool adam_row(real* __restrict w, const real* __restrict row, real scale, real* __restrict m, real* __restrict v, std::size_t n,
              AdamRule rule, GradientShape shape) {
  const real new1 = 1 - rule.beta1, new2 = 1 - rule.beta2;
  Bits bad = 0;
  std::make_signed_t<Bits> largest = 0;  // of v, which is not negative: as whole numbers they order alike
  for (std::size_t i = 0; i < n; ++i) {
    const real g = shaped<kind>(row[i] * scale, w[i], shape);
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

template <ShapeCase kind>
bool adam_rows(real* w, GradientRows dw, real* m, real* v, AdamRule rule, GradientShape shape) {
  bool good = true;
  for (std::size_t r = 0, at = 0; r < dw.rows; ++r, at += dw.count)
    good &= adam_row<kind>(w + at, dw.row, dw.scales[r], m + at, v + at, dw.count, rule, shape);
  return good;
}

bool adam(real* w, GradientRows dw, real* m, real* v, AdamRule rule, GradientShape shape) {
  switch (case_of(shape)) {
    case ShapeCase::plain: return adam_rows<ShapeCase::plain>(w, dw, m, v, rule, shape);
    case ShapeCase::decay: return adam_rows<ShapeCase::decay>(w, dw, m, v, rule, shape);
    default: return adam_rows<ShapeCase::rare>(w, dw, m, v, rule, shape);
  }
}

void shape_only(const real* __restrict w, const real* __restrict row, real scale, real* __restrict g, std::size_t n,
                GradientShape shape) {
  for (std::size_t i = 0; i < n; ++i) g[i] = shaped<ShapeCase::rare>(row[i] * scale, w[i], shape);
}

void limit_only(real* w, std::size_t n, GradientShape shape) {
  for (std::size_t i = 0; i < n; ++i) w[i] = limited<ShapeCase::rare>(w[i], shape);
}

}  // namespace

extern const OptimizeKernels optimize_kernels;
const OptimizeKernels optimize_kernels = {.sgd = sgd, .adam = adam, .shape = shape_only, .limit = limit_only};

}  // namespace cambium::CAMBIUM_ISA
