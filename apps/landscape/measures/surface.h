// The loss as a surface over two random directions from a trained network.
//
// Li, Xu, Taylor, Studer, Goldstein 2018, "Visualizing the Loss Landscape of Neural Nets", section 4: f(a, b) = L(w + a d + b e).
// Directions are normal random numbers, filter-normalized: the weights that lead to one output of a layer, which for a convolution
// are a filter, are brought to the length of the network's own, d_i <- d_i |w_i| / |d_i|. Then networks can be compared although
// their weights have different sizes, which behind a norm mean nothing. Biases are left where they are, as in the paper's programs.
// Here the loss is that of training, with the statistics of the batch; theirs is with the running ones.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/landscape/networks.h"
#include "apps/landscape/training.h"

namespace landscape {

struct Surface {
  Vector at;      // both axes
  Vector losses;  // [row * at.size() + column]: b = at[row], a = at[column]
  double centre = 0;
};

struct SurfaceOptions {
  Training training = {.steps = 300, .rate = 0.1};
  int points = 21;  // on each axis, from -1 to 1
  int batch = 256;  // that stays the same
};

// A random direction of the network's own lengths, filter by filter.
Vector filter_normalized(const Net& net, std::uint64_t seed);

Surface surface(const cambium::Dataset& set, const cambium::Graph& graph, const SurfaceOptions& options);

}  // namespace landscape
