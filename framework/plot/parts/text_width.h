// How wide a text is at most, without the font in which it will be shown.
#pragma once

#include <string>
#include <vector>

namespace cambium::plot {

// In pixels, for letters of `size` pixels. Widths are those of wide fonts, so that what fits here fits in a browser.
double text_width(const std::string& text, double size, bool bold = false);

// As much as fits, with three dots at its end where something is missing; empty where not even those fit.
std::string cut_to(const std::string& text, double width, double size, bool bold = false);

// Cut at spaces into lines that fit; what does not fit into the last one is cut off as above.
std::vector<std::string> wrapped(const std::string& text, double width, double size, int most_lines, bool bold = false);

}  // namespace cambium::plot
