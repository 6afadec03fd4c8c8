// One training step of every layer and loss, in either precision: the file behind it is compiled twice, and one program holds both.
#pragma once

#include <string>
#include <vector>

// One tensor of one case: of a layer y, dx, the gradient of a parameter or the next state, of a loss its value or gradient.
struct LayerValues {
  std::string kind;
  std::vector<double> values;
};

// From the same inputs of order 1, which are exact in float.
namespace single_precision {
std::vector<LayerValues> layer_values();
}
namespace double_precision {
std::vector<LayerValues> layer_values();
}
