// What several pictures draw alike: what goes into a layer is orange, what comes out is blue.
#pragma once

#include <string>

#include "apps/gallery/numbers.h"
#include "cambium/framework/plot/panel.h"

namespace gallery {

inline constexpr cambium::plot::Colour before = cambium::plot::Colour::orange, after = cambium::plot::Colour::blue;

struct Side {
  std::string title;
  cambium::plot::Colour colour = before;
  double low = -5, high = 5;  // of the horizontal axis
  std::string label = "value";
};

// How often each value comes, with a line at the mean; mean and deviation stand in the title.
cambium::plot::Panel histogram_of(const Values& values, const Side& side);

// One value after the other.
cambium::plot::Panel signal_of(const Values& x, const Values& y, const Side& side, const std::string& x_label);

// The density curve of one channel above that of the next, each with a dot at its mean.
cambium::plot::Panel ridges_of(const std::vector<std::string>& names, const std::vector<Values>& channels, const Side& side);

// A long signal in so many stretches: the middle of each, and the band in which nine of ten values of the stretch lie.
struct Stretches {
  Values x, low, middle, high;
};
Stretches stretches_of(const Values& y, std::size_t count, double step = 1);

}  // namespace gallery
