// What batch norm does to a gradient that passes: an equation, not an experiment.
//
// Santurkar et al. 2018, theorem 4.1, which for a whole network is a bound and for one layer without epsilon an identity. With
// y = gamma xhat, xhat = (x - mean) / s over the m samples of a batch, and g = dL/dy of one channel:
//   |dL/dx|^2 = gamma^2 / s^2 (|g|^2 - (sum g)^2 / m - (g . xhat)^2 / m)
// The gradient is scaled by gamma / s, and loses the two directions along which batch norm does not let the input move.
#pragma once

#include <cstdint>

namespace landscape {

struct IdentityOptions {
  int batch = 128, channels = 16;
  std::uint64_t seed = 1;
};

// The largest relative difference of the two sides, over the channels.
double identity_error(const IdentityOptions& options = {});

}  // namespace landscape
