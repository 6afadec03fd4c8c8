// Normalization one sample at a time: by what came before, for any batch size, down to one.
#pragma once

#include "cambium/framework/base/layer.h"
#include "cambium/framework/kernels/online.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

struct OnlineNormOptions {
  enum class Start { cold, warm };
  static constexpr int too_few = 16;  // values of a channel; see below

  double alpha = 0.999;          // forward decay: the statistics remember about 1 / (1 - alpha) samples
  double alpha_backward = 0.99;  // decay of the controller in the backward pass
  double epsilon = 1e-5;
  Start start = Start::warm;
  Per per = Per::channel;
  bool input = false;   // the rule of `for_input` instead of epsilon
  bool bounded = true;  // nothing can run away, see below; false: as published

  template <class V>
  void fields(V&& visit) {
    visit("alpha", alpha), visit("alpha_backward", alpha_backward), visit("epsilon", epsilon), visit("start", start);
    visit("per", per), visit("input", input), visit("bounded", bounded);
  }
};
inline std::string text_of(OnlineNormOptions::Start start) { return start == OnlineNormOptions::Start::cold ? "cold" : "warm"; }

// Chiley et al. 2019, "Online normalization for training neural networks", without its error compensation. Per channel, sample
// after sample in the order of the batch; m and w are mean and biased variance of the sample's positions (flat: m = x, w = 0),
// a = alpha, k = 1 - alpha_backward:
//   y = (x - mean) / s,  s = sqrt(var + epsilon)           by the old statistics: never by the sample itself
//   var = a var + (1 - a) w + a (1 - a) (m - mean)^2,      mean = mean + (1 - a) (m - mean)
// Backward, in the same order of samples, g = dy, means over positions:
//   h = g - k v z,        v = v + mean(h z),       z = y
//   dx = h / s - k u,     u = u + mean(dx)
// This is a controller, not the derivative of the forward pass: it keeps the averages of dx and of dx y over time near 0, as batch
// norm does within each batch. A finite-difference test must fail.
//
// Bounded. As published, v is multiplied by 1 - k mean(y^2), so it grows without end where values keep coming that are further out
// than sqrt(2 / k) deviations, 14: usual in the order of time. So the controller sees at most 1 / sqrt(k), 10: beyond that, where
// k mean(y^2) > 1, z = r y with r = 1 / sqrt(k mean(y^2)), and v is then all new; u, made large by an old s, counts r^2 of itself.
// And s^2 is at least f times the mean of (x - mean)^2, f = min(a (1 - a), k): a unit whose variance has died and that lives again
// stands at most 1 / sqrt(f) out, not 300 times its size. Where k mean(y^2) is at most 1, every bit is as published.
//   Theorem. For any data in any order, from v = 0:  k v^2 + sum mean((g - h)^2) <= sum mean(g^2).
//   Proof. k v z = g - h and k mean(z^2) <= 1, so one sample changes k v^2 by 2 mean((g - h) h) + k mean(h z)^2
//   <= 2 mean((g - h) h) + mean(h^2) = mean(g^2) - mean((g - h)^2). Add them up.
// So what the controller takes away never has more energy than what has come, and the rms of h is at most twice that of g; after n
// samples of |g| <= G, |v| <= G sqrt(n / k). u = (1 - k) u + mean(h / s), so |u| <= max |mean(h / s)| / k, and s >= sqrt(epsilon).
// mean lies among the values that came, and var is the variance of a weighted set of them: at most a quarter of their range squared
// (cold: with the 0 and 1 of its start). What it costs: of what is further out than 1 / sqrt(k) it is the average of dx z, not of
// dx y, that goes to 0, and the average of dx comes less near to it.
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
// (1 - a) w + a (1 - a) (m - mean)^2, and no y of an image stands further out than 1 / sqrt(a (1 - a)), in any mode.
//
// Warm is the default because it was measured to train as well where cold trains, and also where cold does not: on raw or offset
// inputs, in deep networks, at large rates, which the published start, taking every channel for mean 0 and variance 1, can send to
// infinity without the bound, and trains worse with it. tests/layers/test_online_start.cpp holds both to that, with the figures.
//
// `per` says what counts as a channel. pooled: the whole sample is one, flat or not, and all its values are positions: m and w are
// the mean and variance of the sample.
//
// A batch of n and n batches of one give the same bits, as long as the weights stay. evaluate: by the statistics as they are, and 0
// for a channel that has never varied (warm). adapt: the same forward pass as train. State: mean, var, u, v (channels; pooled: 1),
// and the count of samples; in double, since in single precision the mean of a constant stops short of it. Any shape.
class OnlineNorm : public Layer, public Statistics, public Recurrence {
 public:
  explicit OnlineNorm(OnlineNormOptions options = {});
  explicit OnlineNorm(ForInput) : OnlineNorm(OnlineNormOptions{.epsilon = 0, .input = true}) {}

  LayerSpec plan(const Setting& setting) const override;
  void forward(const Forward& ctx, Slice slice) const noexcept override;
  void backward_input(const Backward& ctx, Slice slice) const noexcept override;
  void partial(const Forward& ctx, Slice slice, std::span<double> out) const noexcept override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void partial_back(const Backward& ctx, Slice slice, std::span<double> out) const noexcept override;
  void merge_back(const Backward& ctx, std::span<double> all) const noexcept override;
  void recur(const Forward& ctx, Slice channels) const noexcept override;
  void recur_back(const Backward& ctx, Slice channels, const Epilogue& epilogue) const noexcept override;
  Description describe() const override;

 private:
  OnlineRule rule_after(double count) const;
  OnlineControl control() const;
  real bound() const;

  OnlineNormOptions options_;
};

}  // namespace cambium
