// A page with a panel of each kind, and a page of random ones, for a browser to measure.
#pragma once

#include "cambium/framework/plot/page.h"

namespace cambium_tests {

cambium::plot::Page sample_page();
cambium::plot::Page random_page(int panels);

}  // namespace cambium_tests
