// The tests say the names of cambium::testing as their own.
#pragma once

#include "cambium/framework/testing/count_allocations.h"

namespace cambium_tests {
using cambium_testing::AllocationCount;
using cambium_testing::AllocationFault;
}  // namespace cambium_tests
