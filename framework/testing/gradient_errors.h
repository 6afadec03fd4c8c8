// Gradients of a layer beside central differences; and how far off they were, by kind of layer or loss, in all checks of this
// program.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cambium/framework/testing/layer_bench.h"

namespace cambium::testing {

// Of one tensor: the largest |analytic - numeric| / max |analytic|, and where: "dx[3] is 0.5, central differences say 0.4".
struct Difference {
  double error = 0;
  std::string text;
};

// Of every x and every parameter, after a forward and a backward pass on the bench. Moves so many coordinates of a tensor one by
// one, and, where it has more, all of them once along a random direction; each by `step` to either side.
std::vector<Difference> central_differences(LayerBench& bench, double step, int coordinates);

struct GradientErrors {
  double worst = 0, allowed = 0;  // max |analytic - numeric| / max |analytic|, of the tensor that came nearest to what is allowed
  int tensors = 0;
};

// One tensor of one case.
void note_gradient_error(const std::string& kind, double error, double allowed);

const std::map<std::string, GradientErrors>& gradient_errors();

}  // namespace cambium::testing
