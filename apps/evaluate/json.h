// What a test has found, for programs to read.
#pragma once

#include <string>

#include "apps/common/test.h"
#include "apps/evaluate/options.h"

namespace evaluate {

// One object on one line; figures have the names that they have in the log of train. A number that is not finite is null.
std::string json_of(const Options& options, const apps::Test& test, const cambium::Metrics& metrics);

}  // namespace evaluate
