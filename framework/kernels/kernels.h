// All kernels of one instruction set, as tables of functions. The same sources are compiled once per set.
#pragma once

#include "cambium/framework/kernels/bounds.h"
#include "cambium/framework/kernels/convolve.h"
#include "cambium/framework/kernels/elementwise.h"
#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/matrix.h"
#include "cambium/framework/kernels/normalize.h"
#include "cambium/framework/kernels/online.h"
#include "cambium/framework/kernels/optimize.h"
#include "cambium/framework/kernels/window.h"

namespace cambium {

struct Kernels {
  ElementwiseKernels elementwise;
  NormalizeKernels normalize;
  BoundedKernels bounded;
  OptimizeKernels optimize;
  WindowKernels window;
  BoundsKernels bounds;
  OnlineKernels online;
  MatrixKernels matrix;
  ConvolveKernels convolve;
};

const Kernels& kernels(Isa isa);

}  // namespace cambium
