// How people write the ten digits: the path of the pen, as a few points to draw a smooth line through.
#pragma once

#include <cstdint>
#include <span>

namespace cambium::pen {

// One point on the path. The unit is a hundredth of the height of the digit; x grows to the right and y downwards.
struct Knot {
  enum Pen : std::uint8_t { smooth, turn, down };  // the line bends through, makes a corner, starts anew
  std::int8_t x, y;
  Pen pen = smooth;
};

// One way to write a digit, and how often it is chosen compared with the other ways.
struct Skeleton {
  std::span<const Knot> knots;  // the first is `down`
  double weight;
};

inline constexpr int most_knots = 20;

// The ways to write `digit`, 0 to 9.
std::span<const Skeleton> digit_skeletons(int digit);

}  // namespace cambium::pen
