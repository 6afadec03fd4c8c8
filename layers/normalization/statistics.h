// What the normalizing layers share: what a statistic covers, and when a deviation counts as none.
#pragma once

#include <cstddef>
#include <string>

#include "cambium/framework/base/shape.h"

namespace cambium {

// A preset for a layer right after the input, where values come in whatever range they come: `BatchNorm(for_input)`.
//
// The usual epsilon of 1e-5 is added to the variance, so it mutes inputs of small scale: pixels divided by 255 twice would arrive
// at a third of their size. The preset adds nothing. Instead the variance counts as at least (2^-30 mean)^2, which is free of
// scale and lies well below anything that single precision can tell from a constant; a variance of 0 gives an output of 0.
//
// An element that stays the same for a long time ends with next to no variance, and whatever comes then would stand far out: by
// one rounding 70 deviations, by 1 ten million. So the preset has two rules more, for both layers, in every mode.
//
// 1. The variance by which a value is divided counts as at least what the value itself would bring to it, coming as a sample into
//    statistics that decay by a: with d = x - mean that is a (1 - a) d^2. So |y| is at most B = 1 / sqrt(a (1 - a)), an event rarer
//    than the memory; and y = d / sqrt(max(var, d^2 / B^2)) is nothing but d / sqrt(var), cut at +-B. It holds for each value of a
//    sample, flat or of an image, however large the batch. For OnlineNorm a is its alpha: B = 31.64, and without end where alpha
//    is 0 or 1. BatchNorm's momentum would cut what is usual (q = 0.1: at 3.3), so it takes B = 32: a memory of about a thousand.
// 2. In evaluate mode, where nothing moves, an element that has never varied (variance 0) gives 0 whatever comes: it said nothing
//    in training, so what lies behind has learnt nothing about it. In adapt and train it moves the statistics, and is heard.
//
// So in evaluate mode the answer stays the same, bit by bit, when a column that was constant in training moves by one rounding or
// by a million. What has varied once and then stood still is heard, at B. Where many single elements hardly ever change, such as
// the pixels at the edge of a digit, give it images, where one statistic serves a whole channel, or Per::pooled.
//
// Such a layer is a pass of its own: it is not fused with an Affine behind it, nor folded.
struct ForInput {};
inline constexpr ForInput for_input{};
inline constexpr double input_bound = 32;  // BatchNorm's B

// What one statistic covers. channel: all positions of a channel, for what a convolution produced, since one filter made all of its
// pixels. element: one element of the sample; on flat inputs the same as channel. pooled: all channels and positions together.
enum class Per { channel, element, pooled };
inline std::string text_of(Per per) { return per == Per::channel ? "channel" : per == Per::element ? "element" : "pooled"; }

// A sample of `shape`, seen as so many channels of so many positions each.
struct Extent {
  std::size_t channels, spatial;
};
inline Extent extent_of(const Shape& shape, Per per) {
  const auto size = as_size(shape.size()), channels = as_size(shape.channels());
  if (per == Per::pooled) return {1, size};
  return per == Per::element ? Extent{size, 1} : Extent{channels, size / channels};
}

// How a variance becomes a scale: 1 / sqrt(variance + epsilon), or the rule of `for_input`, where a variance of 0 has the scale 0.
// A deviation below 2^-100 counts as none, and its scale is 0: the reciprocal would leave the range of single precision.
struct DeviationRule {
  double epsilon;
  bool input;
  double reciprocal(double mean, double variance) const noexcept;
};

// For layers that have no other option.
struct EpsilonOptions {
  double epsilon = 1e-5;

  template <class V>
  void fields(V&& visit) {
    visit("epsilon", epsilon);
  }
};

// For layers without the rule of `for_input`: throws Error unless it is finite and at least 1e-30, so that no deviation is 0.
void check_epsilon(const char* layer, double epsilon);

}  // namespace cambium
