// The worst gradient error of every kind of layer and loss, printed as one table when the tests are done.
#pragma once

#include "cambium/framework/testing/gradient_errors.h"

namespace cambium {

using testing::note_gradient_error;

}  // namespace cambium
