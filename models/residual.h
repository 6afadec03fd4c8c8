// A small residual network: He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition".
#pragma once

#include "cambium/models/recipe.h"

namespace cambium::models {

// The block that it is made of, from node to node: two convolutions whose result is added to what came in. Keeps the shape;
// `x` needs as many channels as are asked for.
Node residual(Graph& graph, Node x, int channels);
Graph residual_net(const Shape& input = {1, 28, 28}, int classes = 10);
Recipe residual_recipe();

}  // namespace cambium::models
