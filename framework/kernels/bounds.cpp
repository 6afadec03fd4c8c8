#include "cambium/framework/kernels/bounds.h"

#include "cambium/framework/kernels/vectorize.h"

namespace cambium::CAMBIUM_ISA {

namespace {

using std::size_t;

// Written so that a NaN, which is neither below nor above anything, changes nothing.
template <class T>
void widen(T value, T& least, T& most) {
  least = value < least ? value : least;
  most = value > most ? value : most;
}

// Of one channel in one sample, in lanes: one chain of comparisons would wait for itself. With fewer of them GCC 12 unrolls the
// inner loop before it makes vectors, and takes 20 times as long.
void widen_over(const real* x, size_t n, double& least, double& most) {
  constexpr size_t lanes = 32;
  real low[lanes], high[lanes];
  for (size_t j = 0; j < lanes; ++j) low[j] = static_cast<real>(__builtin_huge_val()), high[j] = -low[j];
  size_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (size_t j = 0; j < lanes; ++j) widen(x[i + j], low[j], high[j]);
  for (; i < n; ++i) widen(x[i], low[0], high[0]);
  for (size_t j = 0; j < lanes; ++j) {
    least = static_cast<double>(low[j]) < least ? static_cast<double>(low[j]) : least;
    most = static_cast<double>(high[j]) > most ? static_cast<double>(high[j]) : most;
  }
}

void range(const real* x, size_t rows, size_t channels, size_t spatial, double* out) {
  double* least = out;
  double* most = out + channels;
  for (size_t c = 0; c < channels; ++c) least[c] = __builtin_huge_val(), most[c] = -__builtin_huge_val();
  for (size_t row = 0; row < rows; ++row) {
    if (spatial == 1)
      for (size_t c = 0; c < channels; ++c) widen(static_cast<double>(x[row * channels + c]), least[c], most[c]);
    else
      for (size_t c = 0; c < channels; ++c) widen_over(x + (row * channels + c) * spatial, spatial, least[c], most[c]);
  }
}

void clip(const real* x, real bound, real* y, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) {
    const real below = x[i] > bound ? bound : x[i];
    y[i] = below < -bound ? -bound : below;
  }
}

void clip_back(const real* y, real bound, const real* dy, real* dx, size_t n) {
  CAMBIUM_VECTORIZE
  for (size_t i = 0; i < n; ++i) {
    const real g = dy[i], size = y[i] < 0 ? -y[i] : y[i];  // read in any case: then it is a choice of values, not of branches
    dx[i] = size < bound ? g : real(0);
  }
}

}  // namespace

extern const BoundsKernels bounds_kernels;
const BoundsKernels bounds_kernels = {.range = range, .clip = clip, .clip_back = clip_back};

}  // namespace cambium::CAMBIUM_ISA
