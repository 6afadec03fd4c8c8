// The curvature of the loss in its steepest direction: the largest eigenvalue of the Hessian.
//
// Power iteration (von Mises 1929): v <- H v / |H v|, eigenvalue v . H v, with products by central differences of gradients,
//   H v = (g(w + h v) - g(w - h v)) / 2 h,   |v| = 1
// so that nothing but forward and backward passes is needed. It finds the eigenvalue of the largest size; where that is negative, a
// second one on H - lambda I finds the largest. Rectifiers are held as they are at w (held.h). Plain gradient descent diverges
// along v at rates above 2 / lambda (LeCun, Simard, Pearlmutter 1992). Page 2019, "How to Train Your ResNet 7: Batch Norm", finds
// it one to two orders smaller with batch norm.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct PowerOptions {
  int most = 100;           // products
  double tolerance = 0.05;  // done when |H v - lambda v| is below this share of |lambda|, which is then off by less still
  double step = sizeof(cambium::real) == 8 ? 1e-4 : 1e-2;  // h
  std::uint64_t seed = 1;                                  // of the first v
};

struct Eigenvalue {
  double value = 0;
  int products = 0;
};

// Of the function whose gradient this is, at a point.
using GradientAt = std::function<void(const Vector& point, Vector& gradient)>;
Eigenvalue top_eigenvalue(const GradientAt& gradient, const Vector& point, const PowerOptions& options = {});
// Of the loss of a network on these samples, where it stands.
Eigenvalue top_eigenvalue(const Net& net, const Samples& samples, const PowerOptions& options = {});

struct Curvature {
  std::vector<double> loss, eigenvalue;  // on the batch that stays the same
  std::vector<int> steps;                // when the training came there
};

struct HessianOptions {
  Training training = {.steps = 1500, .rate = 0.05};
  Vector losses = {2, 1.5, 1, 0.7, 0.5};  // at the first point below each of them, so that networks are compared at equal loss
  int batch = 512;                        // that stays the same
  PowerOptions power = {};
};

Curvature curvature(const cambium::Dataset& set, const cambium::Graph& graph, const HessianOptions& options);

}  // namespace landscape
