// What follows a normalization in the same pass.
#pragma once

#include "cambium/framework/kernels/real.h"

namespace cambium {

// y = relu?(xhat * gamma + beta). Null gamma is 1, null beta is 0.
struct NormEpilogue {
  const real* gamma;  // (channels) or null
  const real* beta;   // (channels) or null
  bool relu;
};

// The same on the way back through a recurrence: dy is the gradient of y. Gradients of gamma and beta come of the sums.
struct Epilogue {
  NormEpilogue norm{};
  double* sums = nullptr;  // null without gamma and beta; else per channel, of g and of g * xhat, g before gamma
};

}  // namespace cambium
