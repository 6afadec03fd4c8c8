// The worst gradient error of every kind of layer, printed as one table when the tests are done.
#pragma once

#include <string>

namespace cambium {

// One tensor of one case: its error against central differences, and what was allowed.
void note_gradient_error(const std::string& kind, double error, double tolerance);

}  // namespace cambium
