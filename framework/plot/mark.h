// How a mark looks: its colour, its line, and the name by which a legend calls it.
#pragma once

#include <string>

namespace cambium::plot {

// Seven hues that people of any colour vision tell apart (Okabe and Ito 2008, "Color Universal Design"), and two greys, each with
// a tone for a light page and one for a dark page. `next` takes the hues in turn, in the order in which marks are added to a panel.
enum class Colour { next, blue, orange, green, vermilion, purple, sky, yellow, ink, muted };

struct Mark {
  std::string name = {};  // in the legend; empty: in none
  Colour colour = Colour::next;
  double width = 1.75;  // of a line, in pixels of a panel's own
  double size = 2.5;    // radius of a point, in the same pixels
  bool dashed = false;
};

}  // namespace cambium::plot
