#include "cambium/framework/kernels/online.h"

namespace cambium::CAMBIUM_ISA {
namespace {

using std::size_t;

// 1 / s as DeviationRule has it. Selects instead of branches, and the compiler's own root, so that it runs in lanes.
template <bool input>
inline double reciprocal(double mean, double var, double epsilon) {
  const double least = 0x1p-30 * mean, floor = least * least;
  const double used = input ? (var < floor ? floor : var) : var + epsilon;
  const double r = 1 / __builtin_sqrt(used);
  return used < 0x1p-200 ? 0 : r;
}

// m and w are mean and variance of the sample, d = m - mean:
//   var = a var + (1 - a) w + a (1 - a) d^2,  mean = mean + (1 - a) d
template <bool flat, bool enters_first, bool input>
void take_loop(const real* __restrict x, const double* __restrict moments, size_t channels, double positions, OnlineRule rule,
               double* __restrict mean, double* __restrict var, real* __restrict map, double* __restrict about) {
  const double a = rule.a, epsilon = rule.epsilon;
  const double unvaried = rule.warm ? 0 : 1;
  for (size_t c = 0; c < channels; ++c) {
    double m, w;
    if constexpr (flat) {
      m = static_cast<double>(x[c]), w = 0;
    } else {
      const double shift = moments[channels + c] / positions, own = moments[2 * channels + c] / positions - shift * shift;
      m = moments[c] + shift, w = own < 0 ? 0 : own;
    }
    const double d = m - mean[c];
    const double new_var = a * var[c] + (1 - a) * w + a * (1 - a) * d * d, new_mean = mean[c] + (1 - a) * d;
    const double by_mean = enters_first ? new_mean : mean[c];
    double by_var = enters_first ? new_var : var[c];
    if constexpr (input && !enters_first) {
      const double brings = (1 - a) * w + a * (1 - a) * d * d;
      by_var = by_var < brings ? brings : by_var;
    }
    mean[c] = new_mean, var[c] = new_var;

    const double r = reciprocal<input>(by_mean, by_var, epsilon), rstd = by_var == 0 ? unvaried * r : r;
    const real ref = static_cast<real>(by_mean);  // and what its rounding lost is the delta
    map[c] = ref;
    map[channels + c] = static_cast<real>(by_mean - static_cast<double>(ref));
    map[2 * channels + c] = static_cast<real>(rstd);
    if constexpr (!flat) {
      const double apart = m - by_mean;
      about[c] = apart * rstd;
      about[channels + c] = (w + apart * apart) * rstd * rstd;
    }
  }
}

// h = g - (1 - b) v xhat,  v = v + mean of h xhat,  dx = h / s - (1 - b) u,  u = u + mean of dx: dx = g / s - k0 - k1 xhat
template <bool flat>
void take_back_loop(const real* __restrict x, const real* __restrict map, const double* __restrict about,
                    const double* __restrict sums, size_t channels, double positions, double gain, double* __restrict u,
                    double* __restrict v, real* __restrict back) {
  for (size_t c = 0; c < channels; ++c) {
    double g = sums[c], gx = sums[channels + c], xhat, squared;
    if constexpr (flat) {
      xhat = static_cast<double>(((x[c] - map[c]) - map[channels + c]) * map[2 * channels + c]);
      squared = xhat * xhat;
    } else {
      g /= positions, gx /= positions;
      xhat = about[c], squared = about[channels + c];
    }
    const double rstd = static_cast<double>(map[2 * channels + c]), pull = gain * v[c], push = gain * u[c];
    back[c] = static_cast<real>(push);
    back[channels + c] = static_cast<real>(pull * rstd);
    v[c] += gx - pull * squared;
    u[c] += (g - pull * xhat) * rstd - push;
  }
}

template <bool flat, bool enters_first>
constexpr auto take_loop_for(bool input) {
  return input ? take_loop<flat, enters_first, true> : take_loop<flat, enters_first, false>;
}

void take(const real* x, const double* moments, size_t channels, size_t spatial, OnlineRule rule, double* mean, double* var,
          real* map, double* about) {
  const bool flat = spatial == 1;
  const auto loop = rule.enters_first ? (flat ? take_loop_for<true, true>(rule.input) : take_loop_for<false, true>(rule.input))
                                      : (flat ? take_loop_for<true, false>(rule.input) : take_loop_for<false, false>(rule.input));
  loop(x, moments, channels, static_cast<double>(spatial), rule, mean, var, map, about);
}

void take_back(const real* x, const real* map, const double* about, const double* sums, size_t channels, size_t spatial,
               double gain, double* u, double* v, real* back) {
  const auto loop = spatial == 1 ? take_back_loop<true> : take_back_loop<false>;
  loop(x, map, about, sums, channels, static_cast<double>(spatial), gain, u, v, back);
}

}  // namespace

extern const OnlineKernels online_kernels;
const OnlineKernels online_kernels = {.take = take, .take_back = take_back};

}  // namespace cambium::CAMBIUM_ISA
