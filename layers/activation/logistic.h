// Presses every value smoothly into (0, 1): log odds become a probability.
#pragma once

#include "cambium/layers/activation/curve.h"

namespace cambium {

// y = 1 / (1 + exp(-x)),  dx = dy y (1 - y).
class Logistic : public Curve {
 public:
  Logistic() : Curve(Function::logistic, &ElementwiseKernels::logistic, &ElementwiseKernels::logistic_back) {}
  Description describe() const override { return {"logistic", {}}; }
};

using Sigmoid = Logistic;  // the name under which other tools know it

}  // namespace cambium
