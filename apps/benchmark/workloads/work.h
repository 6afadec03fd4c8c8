// How much arithmetic a model asks for.
#pragma once

#include <string>

#include "cambium/framework/graph/graph.h"

namespace benchmark {

// Floating point operations for one sample, a multiply-add counting as two. Convolutions and dense layers alone, since everything
// else is small beside them; so figures of different programs compare.
struct Work {
  double forward = 0;
  double training = 0;  // forward, gradient of the weights, and gradient of the input except where that is the model's own input
};

Work work_of(const cambium::Graph& graph);
// Of those layers alone that a pass runs: its name is theirs, with " + " between.
Work work_of(const cambium::Graph& graph, const std::string& pass);

}  // namespace benchmark
