// Batch norm by averages over several batches, also on the way back: every statistic, and the gradient of every statistic.
#pragma once

#include "cambium/layers/normalization/batch_map_norm.h"
#include "cambium/layers/normalization/streams.h"

namespace cambium {

struct StreamingNormOptions {
  static constexpr double limit = 10;  // see below

  StreamMix forward = {.long_term = 0.5, .short_term = 0.5, .current = 0};
  StreamMix backward = {.long_term = 0.6, .short_term = 0, .current = 0.4};
  double kappa_forward = 0.7;  // the weight of the past in the long-term values: they remember 1 / (1 - kappa) updates
  double kappa_backward = 0.7;
  double epsilon = 1e-5;
  Per per = Per::channel;
  bool bounded = true;  // no scale of the past drives it away, see below; false: as published

  template <class V>
  void fields(V&& visit) {
    visit("forward", forward), visit("backward", backward), visit("kappa_forward", kappa_forward);
    visit("kappa_backward", kappa_backward), visit("epsilon", epsilon), visit("per", per), visit("bounded", bounded);
  }
};

// Liao, Kawaguchi, Poggio 2016, "Streaming normalization", the L2 form, without the scale and shift. Per channel there are four
// streams: mean and std of each call's n values, and the gradients gmean and gstd with respect to them. A stream has a short-term
// value, the plain average since the last update of the weights, and a long-term value. In the first call after an update the long
// takes over from the short, long = kappa long + (1 - kappa) short (the first time long = short), and the short starts again. Each
// call is pushed first and then mixed in: used = w1 long + w2 short + w3 current, where short stands in for a long not there yet.
//   m = mean of x,  s = sqrt(mean of (x - m)^2 + epsilon);  M, S: what is used of their streams
//   y = (x - M) / S
//   gmean = -sum dy / S,  gstd = -sum (dy y) / S;           G, H: what is used of their streams
//   dx = dy / S + G / n + H (x - m) / (n s)
// That is a recurrence of its own, and no derivative, unless the mixes are {0, 1, 0} forward and {0, 0, 1} backward, with an update
// of the weights between all calls: then it is batch norm. It learns of updates from Context::weights_version.
//
// n = 1, one sample on a flat input: a value does not deviate from its own mean, so this layer takes the deviation from the mean of
// the stream as it was before the call, L (long-term, else short-term): s = sqrt((x - L)^2 + epsilon), and (x - L) / s stands for
// (x - m) / s. The very first value has s = 1 and no deviation. The paper leaves this open. With an update after each call |y| is
// at most long / (short + current) of the forward mix, by default 1. Mind that the memory is short: kappa 0.7 is about 3 updates,
// of one sample each.
//
// evaluate: by the long-term values as they are, short ones before there are any, mean 0 and std 1 before any data. adapt: no
// weights move, so each call counts as an update; otherwise as train forward, and the backward streams and weights_version stay.
//
// Bounded. Every stream is an average of what was pushed, and nothing that comes out is pushed again; but what comes out moves the
// weights, and so what comes in. As published, a mean that jumps away from M while S is small, which is usual in the order of time,
// stands out without end; and gradients that were divided by a small S are added to those that a large S divides, up to 300 times
// too large. Each feeds the other through the weights. So, with B = limit = 10 and the mean over the n values of a call,
//   s as it is pushed, and then S, are at least sqrt(mean of (x - M)^2) / B;
//   a third stream on the way back, rstd, averages 1 / S; where what is used of it, R, is above B / S, G and H count B / (R S).
// Where neither acts, every bit is as published; where this is batch norm, neither ever does.
//   Theorem. For any data in any order the rms of y in a call is at most B; S |G| <= B max |sum dy| and S |H| <= B max |sum dy y|,
//   over the calls so far, for the S of now. So if the rms of dy is at most D in calls of n values, the rms of dx is at most
//   (1 + B + B^2) D / S, and that of dx times that of x - M at most B (1 + B + B^2) D, however small S or epsilon has ever been.
//   Proof. The first is S >= sqrt(mean of (x - M)^2) / B. The gradient streams average -sum dy / S and -sum (dy y) / S with the
//   same weights as rstd does 1 / S, none of them negative: so |G| <= R max |sum dy| and |H| <= R max |sum dy y| as published, and
//   then R min(1, B / (R S)) <= B / S. |sum dy| <= n D and |sum dy y| <= n D B (Cauchy, Schwarz); the rms of (x - m) / s is at
//   most 1.
// S is at least sqrt(epsilon), and no s above sqrt(range^2 + epsilon) of the data so far is pushed, but 1 for a very first value;
// M lies among the means. In evaluate mode y is not bounded: nothing moves there.
//
// In a constant stream a constant gives exactly 0, with a finite gradient. Any shape, any batch. State: mean_long, std_long,
// gmean_long, gstd_long, rstd_long and the same _short (channels); for both directions the updates, and the calls since;
// weights_version.
class StreamingNorm : public BatchMapNorm {
 public:
  explicit StreamingNorm(StreamingNormOptions options = {});

  LayerSpec plan(const Setting& setting) const override;
  void merge(const Forward& ctx, std::span<double> all) const noexcept override;
  void merge_back(const Backward& ctx, std::span<double> all) const noexcept override;
  Description describe() const override;

 private:
  StreamingNormOptions options_;
};

}  // namespace cambium
