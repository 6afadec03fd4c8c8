// The networks whose loss is looked at, each with and without normalization.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/graph/graph.h"

namespace landscape {

// noisy_batch: batch norm, and behind it ShiftNoise, which takes away again what batch norm is said to be good for.
enum class Norm { none, batch, noisy_batch };
const char* name(Norm norm);

enum class Nonlinearity { relu, tanh, none };

struct Layers {
  int depth = 10;  // hidden layers
  int width = 100;
  Nonlinearity nonlinearity = Nonlinearity::relu;
  int classes = 10;  // 0: the last hidden layer is the output
};

// flatten, then `depth` times dense, norm, nonlinearity; then dense. Weights start as He et al. 2015 for relu, as Glorot, Bengio
// 2010 for others. Batch norm is without affine, and the dense layers before it have no bias, which it would take away.
cambium::Graph mlp(const cambium::Shape& input, Norm norm, const Layers& layers);

// Two convolutions of 8 and 16 filters of 5x5 with stride 2, each with norm and nonlinearity; then dense.
cambium::Graph conv_net(const cambium::Shape& input, Norm norm, Nonlinearity nonlinearity = Nonlinearity::relu, int classes = 10);

// The layer whose input is what comes out of hidden layer i (from 1) before its nonlinearity, norm and noise included; and the one
// with the weights of that hidden layer.
std::string nonlinearity_of(const Layers& layers, int i);
std::string weights_of(int i);

}  // namespace landscape
