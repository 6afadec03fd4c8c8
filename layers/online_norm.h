// Normalization one sample at a time: by what came before, for any batch size, down to one.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/online.h"
#include "cambium/layers/statistics.h"

namespace cambium {

struct OnlineNormOptions {
  enum class Start { cold, warm };
  static constexpr int too_few = 16;  // values of a channel; see below

  double alpha = 0.999;          // forward decay: the statistics remember about 1 / (1 - alpha) samples
  double alpha_backward = 0.99;  // decay of the controller in the backward pass
  double epsilon = 1e-5;
  Start start = Start::warm;
  Per per = Per::channel;
  bool input = false;            // the rule of `for_input` instead of epsilon

  template <class V>
  void fields(V&& visit) {
    visit("alpha", alpha), visit("alpha_backward", alpha_backward), visit("epsilon", epsilon), visit("start", start);
    visit("per", per), visit("input", input);
  }
};
inline std::string text_of(OnlineNormOptions::Start start) { return start == OnlineNormOptions::Start::cold ? "cold" : "warm"; }

// Chiley et al. 2019, "Online normalization for training neural networks", without its error compensation. Per channel, sample
// after sample in the order of the batch; m and w are mean and biased variance of the sample's positions (flat: m = x, w = 0),
// a = alpha:
//   y = (x - mean) / sqrt(var + epsilon)                   by the old statistics: never by the sample itself
//   var = a var + (1 - a) w + a (1 - a) (m - mean)^2,      mean = mean + (1 - a) (m - mean)
// Backward, in the same order of samples, g = dy, b = alpha_backward, s the scale sqrt(var + epsilon) that was used forward:
//   h = g - (1 - b) v y,       v = v + mean over positions of (h y)
//   dx = h / s - (1 - b) u,    u = u + mean over positions of dx
// This is a controller, not the derivative of the forward pass: it keeps the averages of dx and of dx y over time near 0, as batch
// norm does within each batch. A finite-difference test must fail.
//
// What is rare: v is multiplied by 1 - (1 - b) mean(y^2) at every sample, so it grows without bound where values keep coming that
// are further out than sqrt(2 / (1 - b)) deviations: 14 at b = 0.99, an event of 1 in 200. Where rarer ones are to be learnt from,
// b must be nearer to 1: 0.999 holds up to 45 deviations, 1 in 2000.
//
// Start. cold: mean 0, var 1, as published; the first thousand outputs of an offset input are far off. warm: as long as (n - 1) / n
// is below alpha, the n-th sample enters the statistics first, with that decay, and is normalized then: on a flat input the first
// output is 0, and the second +-1 if alpha is above 1/2. As long as a channel has never varied, s counts as infinite, so that
// nothing comes out of it or goes back (epsilon alone would make its gradient 300 times as large). And on the way back s counts as
// infinite (u and v stay) until a channel has seen more than 16 values: a deviation made of two or three may be next to nothing,
// and its reciprocal, multiplied from layer to layer, throws a deep network out of reach in its first steps. From there on both are
// the same.
//
// The preset for inputs adds no epsilon, and counts the variance as at least what the sample itself brings to it (statistics.h),
// (1 - a) w + a (1 - a) (m - mean)^2.
//
// Warm is the default because it was measured to train as well where cold trains, and also where cold does not: on raw or offset
// inputs, in deep networks, at large rates, which the published start, taking every channel for mean 0 and variance 1, can send to
// infinity. tests/layers/test_online_start.cpp holds both to that and prints the figures.
//
// `per` says what counts as a channel. pooled: the whole sample is one, flat or not, and all its values are positions: m and w are
// the mean and variance of the sample.
//
// A batch of n and n batches of one give the same bits, as long as the weights stay. evaluate: by the statistics as they are.
// adapt: the same forward pass as train. State: mean, var, u, v (channels; pooled: 1), and the count of samples; in double, since
// in single precision the mean of a constant stops short of it. Any shape.
class OnlineNorm : public Layer {
 public:
  explicit OnlineNorm(OnlineNormOptions options = {});
  explicit OnlineNorm(ForInput) : OnlineNorm(OnlineNormOptions{.epsilon = 0, .input = true}) {}

  Needs plan(const Setting& setting) const override;
  void forward(const Pass& pass, Rows rows) const noexcept override;
  void backward(const Back& back, Rows rows) const noexcept override;
  void gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept override;
  void settle(const Pass& pass, std::span<double> all) const noexcept override;
  void gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept override;
  void settle_back(const Back& back, std::span<double> all) const noexcept override;
  void recur(const Pass& pass, Rows channels) const noexcept override;
  void recur_back(const Back& back, Rows channels, const Behind& behind) const noexcept override;
  Description describe() const override;

 private:
  OnlineRule rule_after(double count) const;

  OnlineNormOptions options_;
};

}  // namespace cambium
