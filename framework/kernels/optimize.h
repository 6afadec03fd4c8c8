// One pass over weight, gradient and moments. Each element depends on itself alone, so any cut gives the same bits.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/real.h"

namespace cambium {

// The gradient dw of rows of `count` weights each, one behind the other: that of row r is scales[r] * row. One that was written
// down is a single row; a product dy x^T needs not be written down.
struct GradientRows {
  const real* row;
  std::size_t count;
  const real* scales;
  std::size_t rows;
};

// What is done to a gradient before any rule sees it, in this order:
//   g = clamp(dw, -clip, clip);  g = g + l2 * w + l1 * sign(w)
// and to the weight after it: w = clamp(w, -limit, limit). Infinity switches clip and limit off.
struct GradientShape {
  real clip;
  real l1;
  real l2;
  real limit;
};

struct SgdRule {
  real rate;
  real momentum;
  bool nesterov;
};

struct AdamRule {
  real rate;  // the rate with the bias correction of the first moment in it
  real beta1;
  real beta2;
  real root_correction;  // 1 / sqrt(1 - beta2^t)
  real epsilon;
  real decay;  // decoupled: w is multiplied by 1 - decay first
};

struct OptimizeKernels {
  // Both return whether all that they left, weights and moments, is finite.
  // velocity = momentum * velocity + g;  w -= rate * (nesterov ? g + momentum * velocity : velocity). Null velocity: w -= rate * g.
  bool (*sgd)(real* w, GradientRows dw, real* velocity, SgdRule rule, GradientShape shape);
  // m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  w -= rate * m / (sqrt(v) * root_correction + epsilon)
  bool (*adam)(real* w, GradientRows dw, real* m, real* v, AdamRule rule, GradientShape shape);

  // For rules that have no kernel: g by itself before them, of dw = scale * row, and the limit behind them.
  void (*shape)(const real* w, const real* row, real scale, real* g, std::size_t n, GradientShape shape);
  void (*limit)(real* w, std::size_t n, GradientShape shape);
};

}  // namespace cambium
