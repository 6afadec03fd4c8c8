// The tests say the names of cambium::testing as their own.
#pragma once

#include "cambium/framework/testing/layer_bench.h"

namespace cambium {
using namespace testing;
}
