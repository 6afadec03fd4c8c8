// Every input normalized several times side by side, by short and by long memory.
#pragma once

#include <vector>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/online.h"

namespace cambium {

struct MultiScaleNormOptions {
  int scales = 3;
  double shortest = 0.95, longest = 0.999;  // decays of the first and the last; those between have memories in geometric steps
  double alpha_backward = 0.99;             // decay of the controllers in the backward pass

  template <class V>
  void fields(V&& visit) {
    visit("scales", scales), visit("shortest", shortest), visit("longest", longest), visit("alpha_backward", alpha_backward);
  }
};

// So many OnlineNorm(for_input), each with a decay of its own, and their outputs one behind the other:
//   y = (y_0, y_1, ...),  y_k = OnlineNorm({.alpha = a_k, .epsilon = 0, .input = true}) of x
//   1 - a_k = (1 - shortest)^(1 - t) (1 - longest)^t,  t = k / (scales - 1)
//   dx = the sum of what each gives back
// For streams in the order of time, where nobody knows how long the past stays true: a short memory keeps the fluctuation and loses
// the level, a long one keeps both, and what lies between the two, where a value stands today, is a difference that the next layer
// can take. So the memory is no constant to choose. There is no paper; framework/training/README.md has figures.
//
// Shapes: (inputs) to (scales * inputs); flat samples only. Modes, start and state are those of OnlineNorm: mean, var, u, v
// (scales * inputs) and the count of samples, in double. A batch of n and n batches of one give the same bits.
class MultiScaleNorm : public Layer, public Statistics, public Recurrence {
 public:
  explicit MultiScaleNorm(MultiScaleNormOptions options = {});  // throws Error for decays that make no sense

  double alpha(int scale) const { return alphas_.at(as_size(scale)); }  // a_k

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void partial(const Forward&, Slice, std::span<double>) const noexcept override {}
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void recur(const Forward& ctx, Slice channels) const noexcept override;
  void recur_back(const Backward& ctx, Slice channels, const Epilogue& epilogue) const noexcept override;
  Description describe() const override;

 private:
  OnlineRule rule_after(double count, double alpha) const;

  MultiScaleNormOptions options_;
  std::vector<double> alphas_;
};

}  // namespace cambium
