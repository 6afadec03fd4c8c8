// The tests say the names of cambium::testing as their own.
#pragma once

#include "cambium/framework/testing/guarded.h"

namespace cambium {
using namespace testing;
}
