// Presses every value smoothly into (-1, 1).
#pragma once

#include "cambium/layers/activation/curve.h"

namespace cambium {

// y = tanh x,  dx = dy (1 - y^2).
class Tanh : public Curve {
 public:
  Tanh() : Curve(Function::tanh, &ElementwiseKernels::tanh, &ElementwiseKernels::tanh_back) {}
  Description describe() const override { return {"tanh", {}}; }
};

}  // namespace cambium
