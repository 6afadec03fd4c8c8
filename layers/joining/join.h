// Checks that layers of several inputs share.
#pragma once

#include "cambium/framework/base/layer.h"

namespace cambium {

// Throws Error when there are fewer than two inputs; `example` is the layer as a user writes it: "Add()".
void check_inputs(const Setting& setting, const std::string& example);

// The shape that all inputs have; throws Error when there are fewer than two, or when they differ.
const Shape& equal_inputs(const Setting& setting, const std::string& example);

}  // namespace cambium
