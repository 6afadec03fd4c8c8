// What the layers share that normalize every sample by itself: LayerNorm, GroupNorm and InstanceNorm differ in how many groups they
// make of its channels, and in nothing else.
#pragma once

#include <cstddef>
#include <string>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/normalize.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

// Per sample, over the n values of each group, which lie one after the other:
//   mean = sum x / n,  var = sum (x - mean)^2 / n,  y = (x - mean) / sqrt(var + epsilon)
//   dx = (dy - mean(dy) - y mean(dy y)) / sqrt(var + epsilon)
// Statistics are sums in double of differences from a value of the group: a large offset costs no digits, and a constant group
// gives exactly 0, with a finite gradient. Backward reads y, so a pass may work in place; what is kept is one rstd per group.
class GroupedNorm : public Layer {
 public:
  void forward(const Forward& ctx, Slice slice) const noexcept final;
  void backward_input(const Backward& ctx, Slice slice) const noexcept final;

 protected:
  static constexpr int by_channel = 0;  // in place of a number of groups
  GroupedNorm(int groups, EpsilonOptions options) : groups_(groups), options_(options) {}

  // `in` must be divisible into the groups. Throws Error when a group would have but one value: its output is always 0.
  LayerSpec spec_for(const Shape& in, const std::string& remedy) const;
  std::size_t groups_of(const Shape& in) const { return as_size(groups_ == by_channel ? in.channels() : groups_); }

  int groups_;
  EpsilonOptions options_;
};

// dx = (dy - centre - y mean(dy y)) rstd over n values that were scaled by rstd, where the centre is mean(dy), or 0 for values that
// were scaled without being centred. dx may be dy.
void scaled_back(const NormalizeKernels& kernels, const real* y, const real* dy, real* dx, std::size_t n, real rstd, bool centred);

}  // namespace cambium
