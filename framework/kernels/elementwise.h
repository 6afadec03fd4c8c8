// Loops over n values in a row. Unless said otherwise y may be x, and dx may be dy.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/real.h"

namespace cambium {

struct ElementwiseKernels {
  void (*relu)(const real* x, real* y, std::size_t n);                        // y = max(x, 0); NaN stays NaN, -0 is 0
  void (*relu_back)(const real* y, const real* dy, real* dx, std::size_t n);  // dx = y > 0 ? dy : 0
  void (*tanh)(const real* x, real* y, std::size_t n);
  void (*tanh_back)(const real* y, const real* dy, real* dx, std::size_t n);      // dx = dy (1 - y^2)
  void (*logistic)(const real* x, real* y, std::size_t n);                        // y = 1 / (1 + exp(-x))
  void (*logistic_back)(const real* y, const real* dy, real* dx, std::size_t n);  // dx = dy y (1 - y)

  void (*add)(const real* a, const real* b, real* y, std::size_t n);       // y = a + b
  void (*subtract)(const real* a, const real* b, real* y, std::size_t n);  // y = a - b
  void (*negate)(const real* x, real* y, std::size_t n);                   // y = -x
  void (*scale)(const real* x, real factor, real* y, std::size_t n);       // y = factor x
  void (*follow)(const real* x, real keep, real* y, std::size_t n);        // y = keep y + (1 - keep) x; y may not be x
  real (*largest)(const real* x, std::size_t n);                           // magnitude; infinity, then NaN, above all numbers
  bool (*all_finite)(const real* x, std::size_t n);
  bool (*all_finite_state)(const double* x, std::size_t n);
  double (*sum_of_squares)(const real* x, std::size_t n);  // in double, in a fixed order

  // Sums of many parts, in double: sum = [sum if add] + x. And what comes of them: y = [y if add] + sum.
  void (*sum_up)(const real* x, double* sum, std::size_t n, bool add);
  void (*take_sum)(const double* sum, real* y, std::size_t n, bool add);
};

}  // namespace cambium
