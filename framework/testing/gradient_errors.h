// How far gradients were from central differences, by kind of layer or loss, in all checks of this program.
#pragma once

#include <map>
#include <string>

namespace cambium::testing {

struct GradientErrors {
  double worst = 0, allowed = 0;  // max |analytic - numeric| / max |analytic|, of the tensor that came nearest to what is allowed
  int tensors = 0;
};

// One tensor of one case.
void note_gradient_error(const std::string& kind, double error, double allowed);

const std::map<std::string, GradientErrors>& gradient_errors();

}  // namespace cambium::testing
