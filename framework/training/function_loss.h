// A loss of one's own in one function.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "cambium/framework/training/loss.h"

namespace cambium {

// Where the function of a FunctionLoss writes the gradient of the loss of its sample: `dy[i] = ...` for each value, 0 where nothing
// is written. It may be written to, and not read, also where no gradient was asked for: then nothing happens.
class SampleGradient {
 public:
  class Place {
   public:
    Place(real* at, double share) : at_(at), share_(share) {}
    void operator=(double slope) const noexcept;

   private:
    real* at_;
    double share_;
  };

  SampleGradient(real* data, double share) : data_(data), share_(share) {}
  Place operator[](std::size_t i) const noexcept { return {data_ ? data_ + i : nullptr, share_}; }

 private:
  real* data_;
  double share_;  // of the sample in the loss
};

// Throws Error unless targets are labels, or else values of the output's shape.
void check_function_loss(const char* kind, bool labels, const Shape& output, const Dataset::TargetKind& target);

// The mean over samples of f, which is called for one sample after the other, and says what `mean` is over its values. So this
// makes a model that answers with the 90th percentile:
//     const FunctionLoss high("high", [](std::span<const real> y, std::span<const real> target, SampleGradient dy) {
//       double sum = 0;
//       for (std::size_t i = 0; i < y.size(); ++i) {
//         const double d = y[i] - target[i], slope = d > 0 ? 0.1 : -0.9;
//         sum += slope * d;
//         dy[i] = slope;
//       }
//       return sum;
//     });
// Or, for labels, f(std::span<const real> y, int label, SampleGradient dy); there are as many classes as values, two beside a
// single one. f writes the gradient of what it returns: shares of batch and scale are seen to here. It is called from several
// threads at once, neither allocates nor throws, and is finite for finite y; `check_loss` (framework/testing) tells whether all
// that is so.
// Errors: values where f takes a label, labels where it takes values, targets of another shape than the output. What needs other
// targets, or names classes by one value, derives from Loss.
template <class F>
class FunctionLoss final : public Loss {
  using Values = std::span<const real>;
  using OfValues = std::is_invocable_r<double, const F&, Values, Values, SampleGradient>;
  // This is not asked where the other is: a function of `auto` may not even compile with a label.
  using OfLabel = std::is_invocable_r<double, const F&, Values, int, SampleGradient>;
  static_assert(
      std::disjunction_v<OfValues, OfLabel>,
      "a FunctionLoss calls double f(std::span<const real> y, std::span<const real> target or int label, SampleGradient dy)");

 public:
  FunctionLoss(std::string kind, F f) : kind_(std::move(kind)), f_(std::move(f)) {}

  using Loss::check;
  void check(const Shape& output, const Dataset::TargetKind& target) const override {
    check_function_loss(kind_.c_str(), !OfValues::value, output, target);
  }
  Description describe() const override { return {kind_, {}}; }

 protected:
  double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept override {
    const std::size_t values = as_size(y.shape.size());
    const double share = scale / y.batch;
    double loss = 0;
    for (int i = 0; i < y.batch; ++i) {
      real* const slopes = dy.data ? dy.row(i) : nullptr;
      for (std::size_t j = 0; slopes && j < values; ++j) slopes[j] = 0;
      const Values sample(y.row(i), values);
      if constexpr (OfValues::value)
        loss += share * f_(sample, Values(target.values.row(i), values), SampleGradient(slopes, share));
      else
        loss += share * f_(sample, target.labels[as_size(i)], SampleGradient(slopes, share));
    }
    return loss;
  }

 private:
  std::string kind_;
  F f_;
};

template <class F>
FunctionLoss(std::string, F) -> FunctionLoss<F>;

}  // namespace cambium
