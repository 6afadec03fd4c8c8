#include "cambium/framework/kernels/online.h"

#include "cambium/framework/kernels/deviation.h"
#include "cambium/framework/kernels/epilogue_loops.h"

namespace cambium::CAMBIUM_ISA {
namespace {

using std::size_t;

// m and w are mean and variance of the sample, d = m - mean:
//   var = a var + (1 - a) w + a (1 - a) d^2,  mean = mean + (1 - a) d
template <bool enters_first, bool input>
void take_loop(const double* __restrict moments, size_t channels, double positions, OnlineRule rule, double* __restrict mean,
               double* __restrict var, real* __restrict map, double* __restrict about) {
  const double a = rule.a, epsilon = rule.epsilon;
  const double unvaried = rule.warm || input ? 0 : 1;
  for (size_t c = 0; c < channels; ++c) {
    const double shift = moments[channels + c] / positions, own = moments[2 * channels + c] / positions - shift * shift;
    const double m = moments[c] + shift, w = own < 0 ? 0 : own;
    const double d = m - mean[c];
    const double new_var = a * var[c] + (1 - a) * w + a * (1 - a) * d * d, new_mean = mean[c] + (1 - a) * d;
    const double by_mean = enters_first ? new_mean : mean[c];
    double by_var = enters_first ? new_var : var[c];
    if constexpr (input && !enters_first) {
      const double brings = (1 - a) * w + a * (1 - a) * d * d;
      by_var = by_var < brings ? brings : by_var;
    }
    mean[c] = new_mean, var[c] = new_var;

    const double own_share = enters_first ? 0 : rule.least * (w + d * d);
    const double r = reciprocal<input>(by_mean, by_var, epsilon, own_share), rstd = by_var == 0 ? unvaried * r : r;
    const real ref = static_cast<real>(by_mean);  // and what its rounding lost is the delta
    map[c] = ref;
    map[channels + c] = static_cast<real>(by_mean - static_cast<double>(ref));
    map[2 * channels + c] = static_cast<real>(rstd);
    const double apart = m - by_mean;
    about[c] = apart * rstd;
    about[channels + c] = (w + apart * apart) * rstd * rstd;
  }
}

// The same with m = x and w = 0.
template <bool enters_first, bool input>
void take_values_loop(const real* __restrict x, OnlineValues of, OnlineRule rule, double* __restrict mean, double* __restrict var,
                      real* __restrict xhat, real* __restrict rstd) {
  const double a = rule.a, epsilon = rule.epsilon;
  const double unvaried = rule.warm || input ? 0 : 1;
  for (size_t row = 0; row < of.rows; ++row, x += of.channels, xhat += of.channels, rstd += of.channels)
    for (size_t c = of.first; c < of.last; ++c) {
      const double d = static_cast<double>(x[c]) - mean[c], brings = a * (1 - a) * d * d;
      const double new_var = a * var[c] + brings, new_mean = mean[c] + (1 - a) * d;
      const double by_mean = enters_first ? new_mean : mean[c];
      double by_var = enters_first ? new_var : var[c];
      if constexpr (input && !enters_first) by_var = by_var < brings ? brings : by_var;
      mean[c] = new_mean, var[c] = new_var;

      const double own_share = enters_first ? 0 : rule.least * (d * d);
      const double r = reciprocal<input>(by_mean, by_var, epsilon, own_share), s = by_var == 0 ? unvaried * r : r;
      xhat[c] = static_cast<real>((enters_first ? static_cast<double>(x[c]) - new_mean : d) * s);
      rstd[c] = static_cast<real>(s);
    }
}

// h = g - (1 - b) v seen,  v = v + mean of h seen,  dx = h / s - (1 - b) u,  u = u + mean of dx: dx = g / s - k0 - k1 xhat; seen is
// xhat, brought down to where the root of the mean of its square is the limit, and u comes down by the square of that.
void take_back(const real* __restrict map, const double* __restrict about, const double* __restrict sums, size_t channels,
               size_t spatial, OnlineControl control, double* __restrict u, double* __restrict v, real* __restrict back) {
  const double positions = static_cast<double>(spatial), gain = control.gain, limit = control.limit, most = limit * limit;
  for (size_t c = 0; c < channels; ++c) {
    const double squares = about[channels + c], down = limit / __builtin_sqrt(squares), scale = squares > most ? down : 1;
    const double g = sums[c] / positions, gx = sums[channels + c] / positions * scale;
    const double left = u[c] * (scale * scale), push = gain * left, pull = gain * v[c] * scale;
    const double rstd = static_cast<double>(map[2 * channels + c]);
    back[c] = static_cast<real>(push);
    back[channels + c] = static_cast<real>(pull * rstd);
    v[c] += gx - pull * scale * squares;
    u[c] = left + ((g - pull * about[c]) * rstd - push);
  }
}

// The same value by value, which is the recurrences as they stand. g comes through the epilogue: relu first, and then gamma.
template <class T, bool with_dx>
void take_values_back_loop(const real* __restrict xhat, const real* __restrict rstd, const real* dy, OnlineValues of,
                           NormEpilogue epilogue, OnlineControl control, double* __restrict u, double* __restrict v,
                           double* __restrict sums, real* dx) {
  const double gain = control.gain, limit = control.limit;
  for (size_t row = 0; row < of.rows; ++row, xhat += of.channels, rstd += of.channels, dy += of.channels) {
#if !defined(__clang__)
#pragma GCC ivdep  // dx may be dy, value by value
#endif
    for (size_t c = of.first; c < of.last; ++c) {
      const real gamma = T::gamma_of(epilogue, c);
      const double y = static_cast<double>(xhat[c]), s = static_cast<double>(rstd[c]);
      const double before = static_cast<double>(T::pass(xhat[c], gamma, T::beta_of(epilogue, c), dy[c]));
      if constexpr (T::maps) sums[c] += before, sums[of.channels + c] += before * y;
      const double size = y < 0 ? -y : y, down = limit / (limit < size ? size : limit);
      const double seen = y * down, left = u[c] * (down * down);
      const double h = before * static_cast<double>(gamma) - gain * v[c] * seen, out = h * s - gain * left;
      v[c] += h * seen, u[c] = left + out;
      if constexpr (with_dx) dx[c] = static_cast<real>(out);
    }
    if constexpr (with_dx) dx += of.channels;
  }
}

template <class T>
void held_loop(const real* xhat, const real* dy, OnlineValues of, NormEpilogue epilogue, double* sums, real* dx) {
  for (size_t row = 0; row < of.rows; ++row)
    for (size_t c = of.first; c < of.last; ++c) {
      const size_t i = row * of.channels + c;
      const double before = static_cast<double>(T::pass(xhat[i], T::gamma_of(epilogue, c), T::beta_of(epilogue, c), dy[i]));
      if constexpr (T::maps) sums[c] += before, sums[of.channels + c] += before * static_cast<double>(xhat[i]);
      if (dx) dx[i] = static_cast<real>(0 * before);
    }
}

void take(const double* moments, size_t channels, size_t spatial, OnlineRule rule, double* mean, double* var, real* map,
          double* about) {
  const auto loop = rule.enters_first ? (rule.input ? take_loop<true, true> : take_loop<true, false>)
                                      : (rule.input ? take_loop<false, true> : take_loop<false, false>);
  loop(moments, channels, static_cast<double>(spatial), rule, mean, var, map, about);
}

void take_values(const real* x, OnlineValues of, OnlineRule rule, double* mean, double* var, real* xhat, real* rstd) {
  const auto loop = rule.enters_first ? (rule.input ? take_values_loop<true, true> : take_values_loop<true, false>)
                                      : (rule.input ? take_values_loop<false, true> : take_values_loop<false, false>);
  loop(x, of, rule, mean, var, xhat, rstd);
}

void take_values_back(const real* xhat, const real* rstd, const real* dy, OnlineValues of, const Epilogue& epilogue,
                      OnlineControl control, bool held, double* u, double* v, real* dx) {
  with_epilogue(epilogue.norm, [=, norm = epilogue.norm, sums = epilogue.sums](auto t) {
    using T = decltype(t);
    if (held)
      held_loop<T>(xhat, dy, of, norm, sums, dx);
    else if (dx)
      take_values_back_loop<T, true>(xhat, rstd, dy, of, norm, control, u, v, sums, dx);
    else
      take_values_back_loop<T, false>(xhat, rstd, dy, of, norm, control, u, v, sums, dx);
  });
}

}  // namespace

extern const OnlineKernels online_kernels;
const OnlineKernels online_kernels = {
    .take = take, .take_back = take_back, .take_values = take_values, .take_values_back = take_values_back};

}  // namespace cambium::CAMBIUM_ISA
