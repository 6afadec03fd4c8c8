// The style sheets of figures and pages.
#pragma once

#include <string>

namespace cambium::plot {

// Of everything within .plot. Each colour stands there as it is, and then as a variable that follows the reader's wish for light or
// dark: programs that know no variables take the first.
std::string figure_style();

std::string page_style();

}  // namespace cambium::plot
