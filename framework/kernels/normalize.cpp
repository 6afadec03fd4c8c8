#include "cambium/framework/kernels/normalize.h"

#include "cambium/framework/kernels/deviation.h"
#include "cambium/framework/kernels/epilogue_loops.h"
#include "cambium/framework/kernels/sums.h"

namespace cambium::CAMBIUM_ISA {
namespace {

using std::size_t;

const real* map_of(NormMap map, size_t row, size_t channels) { return map.map + (map.per_sample ? row * 3 * channels : 0); }

// In the place of an epilogue: xhat is cut at +-bound, which stands where gamma does, one for all channels.
struct Bounded {
  template <class V>
  static V apply(V xhat, V bound, V) {
    const V up = xhat < -bound ? -bound : xhat;
    return up > bound ? bound : up;
  }
  template <class V>
  static V pass(V xhat, V bound, V, V dy) {
    return ((xhat > -bound) & (xhat < bound)) ? dy : V{};
  }
  static real times_gamma(real g, real) { return g; }
  static real gamma_of(NormEpilogue epilogue, size_t) { return *epilogue.gamma; }
  static real beta_of(NormEpilogue, size_t) { return 0; }
  static Vec gammas(NormEpilogue epilogue, size_t, int) { return broadcast(*epilogue.gamma); }
  static Vec betas(NormEpilogue, size_t, int) { return Vec{}; }
};

// A number that is known when a loop is compiled.
template <int n>
struct Known {
  constexpr operator int() const { return n; }
};

// Calls part(c, n) for the channels of a flat layer, n <= width at a time: whole registers know their n when they are compiled.
template <class Part>
void for_channels(size_t first, size_t last, Part part) {
  size_t c = first;
  for (; c + width <= last; c += width) part(c, Known<width>());
  if (c < last) part(c, static_cast<int>(last - c));
}

void moments(const real* x, size_t rows, size_t channels, size_t spatial, double* out) {
  double* sum = out + channels;
  double* squares = out + 2 * channels;
  const auto from_reference = [](Vec values, const Wide& ref) {
    const Wide d = widen(values) - ref;
    return Terms{d, d};
  };
  if (spatial == 1)
    return for_channels(0, channels, [=](size_t c, auto n) {
      const Wide ref = widen(load_up_to(x + c, n));
      Sums<> sums = {};
      for (size_t row = 0; row < rows; ++row) sums.add(from_reference(load_up_to(x + row * channels + c, n), ref));
      store_up_to(out + c, ref, n);
      store_up_to(sum + c, sums.a, n);
      store_up_to(squares + c, sums.ab, n);
    });
  for (size_t c = 0; c < channels; ++c) {
    const real first = x[c * spatial];
    const Wide ref = widen(broadcast(first));
    Sums<> sums[groups] = {};
    for (size_t row = 0; row < rows; ++row) {
      const real* values = x + (row * channels + c) * spatial;
      add_row_to(sums, spatial, [=](size_t i, int n) {
        return from_reference(load_up_to(values + i, n), n == width ? ref : widen(first_of(broadcast(first), n)));
      });
    }
    const Totals t = totals(sums);
    out[c] = static_cast<double>(first), sum[c] = t.a, squares[c] = t.ab;
  }
}

template <class T>
void forward_loop(const real* x, real* y, size_t rows, size_t channels, size_t spatial, NormMap map, NormEpilogue epilogue) {
  for (size_t row = 0; row < rows; ++row) {
    const real* ref = map_of(map, row, channels);
    const real* delta = ref + channels;
    const real* rstd = delta + channels;
    const real* from = x + row * channels * spatial;
    real* to = y + row * channels * spatial;
    if (spatial == 1) {
      for (size_t c = 0; c < channels; ++c)
        to[c] = T::apply(((from[c] - ref[c]) - delta[c]) * rstd[c], T::gamma_of(epilogue, c), T::beta_of(epilogue, c));
      continue;
    }
    for (size_t c = 0; c < channels; ++c, from += spatial, to += spatial) {
      const real r = ref[c], d = delta[c], a = rstd[c], gamma = T::gamma_of(epilogue, c), beta = T::beta_of(epilogue, c);
      for (size_t i = 0; i < spatial; ++i) to[i] = T::apply(((from[i] - r) - d) * a, gamma, beta);
    }
  }
}

void forward(const real* x, real* y, size_t rows, size_t channels, size_t spatial, NormMap map, NormEpilogue epilogue) {
  with_epilogue(epilogue, [=](auto t) { forward_loop<decltype(t)>(x, y, rows, channels, spatial, map, epilogue); });
}

template <class T>
void back_moments_loop(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, NormMap map,
                       NormEpilogue epilogue, double* out) {
  double* sum_g = out;
  double* sum_gx = out + channels;
  if (spatial == 1)
    return for_channels(0, channels, [=](size_t c, auto n) {
      const Vec gamma = T::gammas(epilogue, c, n), beta = T::betas(epilogue, c, n);
      Sums<> sums = {};
      for (size_t row = 0; row < rows; ++row) {
        const real* at = map_of(map, row, channels) + c;
        const Vec ref = load_up_to(at, n), delta = load_up_to(at + channels, n), rstd = load_up_to(at + 2 * channels, n);
        const Vec xhat = ((load_up_to(x + row * channels + c, n) - ref) - delta) * rstd;
        sums.add({widen(T::pass(xhat, gamma, beta, load_up_to(dy + row * channels + c, n))), widen(xhat)});
      }
      store_up_to(sum_g + c, sums.a, n);
      store_up_to(sum_gx + c, sums.ab, n);
    });
  for (size_t c = 0; c < channels; ++c) {
    const Vec gamma = broadcast(T::gamma_of(epilogue, c)), beta = broadcast(T::beta_of(epilogue, c));
    Sums<> sums[groups] = {};
    for (size_t row = 0; row < rows; ++row) {
      const real* at = map_of(map, row, channels) + c;
      const Vec ref = broadcast(at[0]), delta = broadcast(at[channels]), rstd = broadcast(at[2 * channels]);
      const real* from = x + (row * channels + c) * spatial;
      const real* grad = dy + (row * channels + c) * spatial;
      add_row_to(sums, spatial, [=](size_t i, int n) {
        const Vec xhat = ((load_up_to(from + i, n) - ref) - delta) * rstd;
        return Terms{widen(T::pass(xhat, gamma, beta, load_up_to(grad + i, n))), widen(first_of(xhat, n))};
      });
    }
    const Totals total = totals(sums);
    sum_g[c] = total.a, sum_gx[c] = total.ab;
  }
}

void back_moments(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, NormMap map, NormEpilogue epilogue,
                  double* out) {
  with_epilogue(epilogue, [=](auto t) { back_moments_loop<decltype(t)>(x, dy, rows, channels, spatial, map, epilogue, out); });
}

template <class T>
void backward_loop(const real* x, const real* dy, real* dx, size_t rows, size_t channels, size_t spatial, NormMap map,
                   NormEpilogue epilogue) {
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
        to[c] = one(from[c], grad[c], ref[c], delta[c], rstd[c], k0[c], k1[c], T::gamma_of(epilogue, c), T::beta_of(epilogue, c));
      continue;
    }
    for (size_t c = 0; c < channels; ++c, from += spatial, grad += spatial, to += spatial) {
      const real r = ref[c], d = delta[c], a = rstd[c], b0 = k0[c], b1 = k1[c];
      const real gamma = T::gamma_of(epilogue, c), beta = T::beta_of(epilogue, c);
      for (size_t i = 0; i < spatial; ++i) to[i] = one(from[i], grad[i], r, d, a, b0, b1, gamma, beta);
    }
  }
}

void backward(const real* x, const real* dy, real* dx, size_t rows, size_t channels, size_t spatial, NormMap map,
              NormEpilogue epilogue) {
  with_epilogue(epilogue, [=](auto t) { backward_loop<decltype(t)>(x, dy, dx, rows, channels, spatial, map, epilogue); });
}

void channel_map(const real* x, real* y, size_t rows, size_t channels, size_t spatial, NormEpilogue epilogue) {
  with_epilogue(epilogue, [=](auto t) {
    using T = decltype(t);
    for (size_t row = 0; row < rows; ++row) {
      const real* from = x + row * channels * spatial;
      real* to = y + row * channels * spatial;
      if (spatial == 1) {
        for (size_t c = 0; c < channels; ++c) to[c] = T::apply(from[c], T::gamma_of(epilogue, c), T::beta_of(epilogue, c));
        continue;
      }
      for (size_t c = 0; c < channels; ++c, from += spatial, to += spatial) {
        const real g = T::gamma_of(epilogue, c), b = T::beta_of(epilogue, c);
        for (size_t i = 0; i < spatial; ++i) to[i] = T::apply(from[i], g, b);
      }
    }
  });
}

template <bool products>
void gradient_sums(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, size_t first, size_t last,
                   real* dgamma, real* dbeta, bool add) {
  const auto write = [=](real* to, size_t c, double sum) {
    if (to) to[c] = static_cast<real>(sum) + (add ? to[c] : real(0));
  };
  if (spatial == 1)
    return for_channels(first, last, [=](size_t c, auto n) {
      Sums<products> sums = {};
      for (size_t row = 0; row < rows; ++row)
        sums.add({widen(load_up_to(dy + row * channels + c, n)), widen(load_up_to(x + row * channels + c, n))});
      double a[width], ab[width];
      store_up_to(a, sums.a, width);
      store_up_to(ab, sums.ab, width);
      for (size_t j = 0; j < static_cast<size_t>(n); ++j) write(dgamma, c + j, ab[j]), write(dbeta, c + j, a[j]);
    });
  for (size_t c = first; c < last; ++c) {
    Sums<products> sums[groups] = {};
    for (size_t row = 0; row < rows; ++row) {
      const real* from = x + (row * channels + c) * spatial;
      const real* grad = dy + (row * channels + c) * spatial;
      add_row_to(sums, spatial, [=](size_t i, int n) {
        return Terms{widen(load_up_to(grad + i, n)), widen(load_up_to(from + i, n))};
      });
    }
    const Totals total = totals(sums);
    write(dgamma, c, total.ab);
    write(dbeta, c, total.a);
  }
}

void channel_map_gradient(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, size_t first, size_t last,
                          real* dgamma, real* dbeta, bool add) {
  if (dgamma)
    gradient_sums<true>(x, dy, rows, channels, spatial, first, last, dgamma, dbeta, add);
  else
    gradient_sums<false>(x, dy, rows, channels, spatial, first, last, dgamma, dbeta, add);  // a bias: x is not read
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

void bounded_forward(const real* x, real* y, size_t rows, size_t channels, size_t spatial, NormMap map, real bound) {
  forward_loop<Bounded>(x, y, rows, channels, spatial, map, {&bound, nullptr, false});
}

void bounded_back_moments(const real* x, const real* dy, size_t rows, size_t channels, size_t spatial, NormMap map, real bound,
                          double* out) {
  back_moments_loop<Bounded>(x, dy, rows, channels, spatial, map, {&bound, nullptr, false}, out);
}

void bounded_backward(const real* x, const real* dy, real* dx, size_t rows, size_t channels, size_t spatial, NormMap map,
                      real bound) {
  backward_loop<Bounded>(x, dy, dx, rows, channels, spatial, map, {&bound, nullptr, false});
}

template <bool input>
void held_map_loop(const double* __restrict mean, const double* __restrict var, size_t channels, HeldRule rule,
                   real* __restrict map) {
  const double unvaried = input || rule.silent ? 0 : 1;
  for (size_t c = 0; c < channels; ++c) {
    const double r = reciprocal<input>(mean[c], var[c], rule.epsilon, 0);
    const real ref = static_cast<real>(mean[c]);
    map[c] = ref;
    map[channels + c] = static_cast<real>(mean[c] - static_cast<double>(ref));
    map[2 * channels + c] = static_cast<real>(var[c] == 0 ? unvaried * r : r);
  }
}

void held_map(const double* mean, const double* var, size_t channels, HeldRule rule, real* map) {
  (rule.input ? held_map_loop<true> : held_map_loop<false>)(mean, var, channels, rule, map);
}

}  // namespace

extern const BoundedKernels bounded_kernels;
const BoundedKernels bounded_kernels = {
    .forward = bounded_forward, .back_moments = bounded_back_moments, .backward = bounded_backward};

extern const NormalizeKernels normalize_kernels;
const NormalizeKernels normalize_kernels = {.moments = moments,
                                            .held_map = held_map,
                                            .forward = forward,
                                            .back_moments = back_moments,
                                            .backward = backward,
                                            .channel_map = channel_map,
                                            .channel_map_gradient = channel_map_gradient,
                                            .through_gamma = through_gamma};

}  // namespace cambium::CAMBIUM_ISA
