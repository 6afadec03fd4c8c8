#include "cambium/framework/base/layer.h"

#include <cmath>

#include "cambium/framework/base/error.h"

namespace cambium {

const char* name(Mode mode) {
  switch (mode) {
    case Mode::train: return "train";
    case Mode::evaluate: return "evaluate";
    case Mode::adapt: return "adapt";
  }
  return "?";
}

bool Allowed::holds(double value) const {
  return std::isfinite(value) && value >= least && value <= most && (!whole || value == std::floor(value));
}

std::string Allowed::str() const {
  const std::string number = whole ? "a whole number" : "a finite number";
  if (least == std::numeric_limits<double>::lowest() && most == std::numeric_limits<double>::max()) return number;
  return number + " from " + text_of(least) + " to " + text_of(most);
}

const Shape& only_input(const Setting& setting) {
  if (setting.in.size() != 1)
    throw Error("needs one input, got " + std::to_string(setting.in.size()), "joining them first, by Add() or Concat()");
  return setting.in[0];
}

const Shape& only_image(const Setting& setting) {
  const Shape& in = only_input(setting);
  if (!in.is_image())
    throw Error("needs an image of channels x height x width, got " + in.str(),
                "an input of three sizes, such as Shape{1, 28, 28}");
  return in;
}

}  // namespace cambium
