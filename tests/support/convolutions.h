// Convolutions to test kernels with: their sizes, values for them, and one convolution's kernels with all that they want around
// them.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

using Values = std::vector<real>;
using Exact = std::vector<double>;
inline const real guard = 77;  // stands behind all values, and must still be there afterwards

inline std::size_t size(int a, int b = 1, int c = 1, int d = 1) { return static_cast<std::size_t>(a * b * c * d); }
inline std::size_t inputs(const Convolution& of) { return size(of.window.channels, of.window.height, of.window.width); }
inline std::size_t outputs(const Convolution& of) { return size(of.filters, of.window.out_height, of.window.out_width); }
inline std::size_t weights(const Convolution& of) {
  return size(of.filters, of.window.channels, of.window.kernel_height, of.window.kernel_width);
}

inline std::string text(const Convolution& of) {
  const Window& w = of.window;
  std::string all;
  for (const int n : {w.channels, w.height, w.width, of.filters, w.kernel_height, w.kernel_width, w.stride_height, w.stride_width,
                      w.pad_height, w.pad_width})
    all += std::to_string(n) + " ";
  return all;
}

inline Values draw(std::size_t n, std::uint64_t seed) {
  Values values(n + 1);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, -2, 2));
  values[n] = guard;
  return values;
}

class ConvolutionRun {
 public:
  ConvolutionRun(Isa isa, const Convolution& of, const Values& w) : kernels_(kernels(isa).convolve), of_(of) {
    const ConvolveKernels::Sizes sizes = kernels_.sizes(of);
    forward_ = Values(sizes.forward + 1, guard);
    backward_ = Values(sizes.backward_input + 1, guard);
    workspace_ = Values(sizes.workspace + 1, std::numeric_limits<real>::quiet_NaN());  // what lies there must not matter
    workspace_.back() = guard;
    kernels_.pack(of, w.data(), forward_.data(), nullptr);
    kernels_.pack(of, w.data(), nullptr, backward_.data());
  }
  Values forward(const Values& x, const real* bias, int samples) {
    Values y = draw(size(samples) * outputs(of_), 11);
    kernels_.forward(of_, x.data(), forward_.data(), bias, y.data(), samples, workspace_.data());
    check();
    return y;
  }
  Values backward(const Values& dy, int samples) {
    Values dx = draw(size(samples) * inputs(of_), 12);
    kernels_.backward_input(of_, dy.data(), backward_.data(), dx.data(), samples, workspace_.data());
    check();
    return dx;
  }
  Values gradient(const Values& x, const Values& dy, Values dw, int samples, bool add) {
    kernels_.backward_params(of_, x.data(), dy.data(), dw.data(), samples, add, workspace_.data());
    check();
    return dw;
  }

 private:
  void check() { CHECK((forward_.back() == guard && backward_.back() == guard && workspace_.back() == guard)); }

  const ConvolveKernels& kernels_;
  Convolution of_;
  Values forward_, backward_, workspace_;
};

}  // namespace cambium
