// Panels of every kind with odd data and odd names, for tests that look at what is drawn, not at what it says.
#pragma once

#include <cstdint>

#include "cambium/framework/plot/panel.h"

namespace cambium_tests {

// The same for the same seed. Values from 1e-30 to 1e30, some that are not finite, names from empty to long, of several scripts.
cambium::plot::Panel random_panel(std::uint64_t seed);

}  // namespace cambium_tests
