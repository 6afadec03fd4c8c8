#include "cambium/framework/kernels/normalize.h"

namespace cambium::CAMBIUM_ISA {
namespace {

using std::size_t;
constexpr size_t lanes = 8;

// The tail as compile-time switches, so that each loop stays free of branches.
template <bool has_gamma, bool has_beta, bool has_relu>
struct Tail {
  static real apply(real xhat, real gamma, real beta) {
    real y = xhat;
    if constexpr (has_gamma) y *= gamma;
    if constexpr (has_beta) y += beta;
    if constexpr (has_relu) y = y < 0 ? real(0) : y;
    return y;
  }
  // The gradient that arrives before the relu.
  static real pass(real xhat, real gamma, real beta, real dy) {
    if constexpr (!has_relu) return dy;
    return Tail<has_gamma, has_beta, false>::apply(xhat, gamma, beta) > 0 ? dy : real(0);
  }
  static real times_gamma(real g, real gamma) {
    if constexpr (has_gamma) return g * gamma;
    return g;
  }
  static real gamma_of(NormTail tail, size_t c) { return has_gamma ? tail.gamma[c] : real(1); }
  static real beta_of(NormTail tail, size_t c) { return has_beta ? tail.beta[c] : real(0); }
};

template <class Call>
void with_tail(NormTail t, Call call) {
  if (t.relu) {
    if (t.gamma && t.beta) call(Tail<true, true, true>());
    else if (t.gamma) call(Tail<true, false, true>());
    else if (t.beta) call(Tail<false, true, true>());
    else call(Tail<false, false, true>());
  } else {
    if (t.gamma && t.beta) call(Tail<true, true, false>());
    else if (t.gamma) call(Tail<true, false, false>());
    else if (t.beta) call(Tail<false, true, false>());
    else call(Tail<false, false, false>());
  }
}

const real* map_of(NormMap map, size_t row, size_t channels) { return map.map + (map.per_sample ? row * 3 * channels : 0); }

// A call of its own: inlined, it keeps g++ from running the loops before it in lanes, and they take four times as long.
__attribute__((noinline)) double total(const double (&sums)[lanes]) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

void moments(const real* x, size_t rows, size_t channels, size_t spatial, double* out) {
  double* ref = out;
  double* sum = out + channels;
  double* squares = out + 2 * channels;
  for (size_t c = 0; c < channels; ++c) ref[c] = static_cast<double>(x[c * spatial]), sum[c] = 0, squares[c] = 0;
  for (size_t row = 0; row < rows; ++row, x += channels * spatial) {
    if (spatial == 1) {
      for (size_t c = 0; c < channels; ++c) {
        const double d = static_cast<double>(x[c]) - ref[c];
        sum[c] += d;
        squares[c] += d * d;
      }
      continue;
    }
    for (size_t c = 0; c < channels; ++c) {
      const real* values = x + c * spatial;
      const double r = ref[c];
      double s[lanes] = {}, ss[lanes] = {};
      size_t i = 0;
      for (; i + lanes <= spatial; i += lanes)
        for (size_t j = 0; j < lanes; ++j) {
          const double d = static_cast<double>(values[i + j]) - r;
          s[j] += d;
          ss[j] += d * d;
        }
      for (size_t j = 0; i < spatial; ++i, ++j) {
        const double d = static_cast<double>(values[i]) - r;
        s[j] += d;
        ss[j] += d * d;
      }
      sum[c] += total(s);
      squares[c] += total(ss);
    }
  }
}

void forward(const real* x, real* y, size_t rows, size_t channels, size_t spatial, NormMap map, NormTail tail) {
  with_tail(tail, [=](auto t) {
    using T = decltype(t);
    for (size_t row = 0; row < rows; ++row) {
      const real* ref = map_of(map, row, channels);
      const real* delta = ref + channels;
      const real* rstd = delta + channels;
      const real* from = x + row * channels * spatial;
      real* to = y + row * channels * spatial;
      if (spatial == 1) {
        for (size_t c = 0; c < channels; ++c)
          to[c] = T::apply(((from[c] - ref[c]) - delta[c]) * rstd[c], T::gamma_of(tail, c), T::beta_of(tail, c));
        continue;
      }
      for (size_t c = 0; c < channels; ++c, from += spatial, to += spatial) {
        const real r = ref[c], d = delta[c], a = rstd[c], gamma = T::gamma_of(tail, c), beta = T::beta_of(tail, c);
        for (size_t i = 0; i < spatial; ++i) to[i] = T::apply(((from[i] - r) - d) * a, gamma, beta);
      }
    }
  });
}

void back_moments(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, NormMap map, NormTail tail,
                  double* out) {
  double* sum_g = out;
  double* sum_gx = out + channels;
  if (spatial > 1 || rows == 0)  // the first row of a flat layer writes over what is there
    for (size_t c = 0; c < 2 * channels; ++c) out[c] = 0;
  with_tail(tail, [=](auto t) {
    using T = decltype(t);
    for (size_t row = 0; row < rows; ++row) {
      const real* ref = map_of(map, row, channels);
      const real* delta = ref + channels;
      const real* rstd = delta + channels;
      const real* from = x + row * channels * spatial;
      const real* grad = dy + row * channels * spatial;
      if (spatial == 1) {
        const bool first = row == 0;
        for (size_t c = 0; c < channels; ++c) {
          const real xhat = ((from[c] - ref[c]) - delta[c]) * rstd[c];
          const double g = static_cast<double>(T::pass(xhat, T::gamma_of(tail, c), T::beta_of(tail, c), grad[c]));
          sum_g[c] = (first ? 0 : sum_g[c]) + g;
          sum_gx[c] = (first ? 0 : sum_gx[c]) + g * static_cast<double>(xhat);
        }
        continue;
      }
      for (size_t c = 0; c < channels; ++c, from += spatial, grad += spatial) {
        const real r = ref[c], d = delta[c], a = rstd[c], gamma = T::gamma_of(tail, c), beta = T::beta_of(tail, c);
        double s[lanes] = {}, sx[lanes] = {};
        const auto take = [&](size_t i, size_t j) {
          const real xhat = ((from[i] - r) - d) * a;
          const double g = static_cast<double>(T::pass(xhat, gamma, beta, grad[i]));
          s[j] += g;
          sx[j] += g * static_cast<double>(xhat);
        };
        size_t i = 0;
        for (; i + lanes <= spatial; i += lanes)
          for (size_t j = 0; j < lanes; ++j) take(i + j, j);
        for (size_t j = 0; i < spatial; ++i, ++j) take(i, j);
        sum_g[c] += total(s);
        sum_gx[c] += total(sx);
      }
    }
  });
}

void backward(const real* x, const real* dy, real* dx, size_t rows, size_t channels, size_t spatial, NormMap map, NormTail tail) {
  with_tail(tail, [=](auto t) {
    using T = decltype(t);
    for (size_t row = 0; row < rows; ++row) {
      const real* ref = map_of(map, row, channels);
      const real* delta = ref + channels;
      const real* rstd = delta + channels;
      const real* k0 = map.back + (map.per_sample ? row * 2 * channels : 0);
      const real* k1 = k0 + channels;
      const real* from = x + row * channels * spatial;
      const real* grad = dy + row * channels * spatial;
      real* to = dx + row * channels * spatial;
      const auto one = [](real value, real dyi, real r, real d, real a, real b0, real b1, real gamma, real beta) {
        const real xhat = ((value - r) - d) * a;
        const real g = T::times_gamma(T::pass(xhat, gamma, beta, dyi), gamma);
        return (g * a - b0) - b1 * xhat;
      };
      if (spatial == 1) {
        for (size_t c = 0; c < channels; ++c)
          to[c] = one(from[c], grad[c], ref[c], delta[c], rstd[c], k0[c], k1[c], T::gamma_of(tail, c), T::beta_of(tail, c));
        continue;
      }
      for (size_t c = 0; c < channels; ++c, from += spatial, grad += spatial, to += spatial) {
        const real r = ref[c], d = delta[c], a = rstd[c], b0 = k0[c], b1 = k1[c];
        const real gamma = T::gamma_of(tail, c), beta = T::beta_of(tail, c);
        for (size_t i = 0; i < spatial; ++i) to[i] = one(from[i], grad[i], r, d, a, b0, b1, gamma, beta);
      }
    }
  });
}

void channel_map(const real* x, real* y, size_t rows, size_t channels, size_t spatial, const real* gamma, const real* beta) {
  with_tail({gamma, beta, false}, [=](auto t) {
    using T = decltype(t);
    const NormTail tail{gamma, beta, false};
    for (size_t row = 0; row < rows; ++row) {
      const real* from = x + row * channels * spatial;
      real* to = y + row * channels * spatial;
      if (spatial == 1) {
        for (size_t c = 0; c < channels; ++c) to[c] = T::apply(from[c], T::gamma_of(tail, c), T::beta_of(tail, c));
        continue;
      }
      for (size_t c = 0; c < channels; ++c, from += spatial, to += spatial) {
        const real g = T::gamma_of(tail, c), b = T::beta_of(tail, c);
        for (size_t i = 0; i < spatial; ++i) to[i] = T::apply(from[i], g, b);
      }
    }
  });
}

void channel_map_gradient(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, size_t first, size_t last,
                          real* dgamma, real* dbeta, bool add) {
  constexpr size_t block = 64;  // channels at a time, so that the sums of a flat layer run along memory
  for (size_t c0 = first; c0 < last; c0 += block) {
    const size_t count = last - c0 < block ? last - c0 : block;
    double s[block] = {}, sx[block] = {};
    for (size_t row = 0; row < rows; ++row) {
      const real* from = x + (row * channels + c0) * spatial;
      const real* grad = dy + (row * channels + c0) * spatial;
      if (spatial == 1) {
        for (size_t j = 0; j < count; ++j) {
          const double g = static_cast<double>(grad[j]);
          s[j] += g;
          sx[j] += g * static_cast<double>(from[j]);
        }
        continue;
      }
      for (size_t c = 0; c < count; ++c, from += spatial, grad += spatial) {
        double a[lanes] = {}, b[lanes] = {};
        const auto take = [&](size_t i, size_t j) {
          const double g = static_cast<double>(grad[i]);
          a[j] += g;
          b[j] += g * static_cast<double>(from[i]);
        };
        size_t i = 0;
        for (; i + lanes <= spatial; i += lanes)
          for (size_t j = 0; j < lanes; ++j) take(i + j, j);
        for (size_t j = 0; i < spatial; ++i, ++j) take(i, j);
        s[c] += total(a);
        sx[c] += total(b);
      }
    }
    for (size_t j = 0; j < count; ++j) {
      if (dgamma) dgamma[c0 + j] = static_cast<real>(sx[j]) + (add ? dgamma[c0 + j] : real(0));
      if (dbeta) dbeta[c0 + j] = static_cast<real>(s[j]) + (add ? dbeta[c0 + j] : real(0));
    }
  }
}

void through_gamma(double* __restrict all, size_t sets, size_t channels, const real* __restrict gamma, double* __restrict sums) {
  for (size_t i = 0; i < 2 * channels; ++i) sums[i] = 0;
  for (size_t set = 0; set < sets; ++set, all += 2 * channels)
    for (size_t half = 0; half < 2; ++half) {
      double* const values = all + half * channels;
      double* const sum = sums + half * channels;
      for (size_t c = 0; c < channels; ++c) sum[c] += values[c];
      for (size_t c = 0; gamma && c < channels; ++c) values[c] *= static_cast<double>(gamma[c]);
    }
}

}  // namespace

extern const NormalizeKernels normalize_kernels;
const NormalizeKernels normalize_kernels = {.moments = moments,
                                            .forward = forward,
                                            .back_moments = back_moments,
                                            .backward = backward,
                                            .channel_map = channel_map,
                                            .channel_map_gradient = channel_map_gradient,
                                            .through_gamma = through_gamma};

}  // namespace cambium::CAMBIUM_ISA
