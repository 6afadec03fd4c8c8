// The tests say the names of cambium::testing as their own.
#pragma once

#include "cambium/framework/testing/step_results.h"

namespace cambium {
using namespace testing;
}
