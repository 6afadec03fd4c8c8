// How a normalizer leaves its map in saved buffers: what merge writes, and forward, backward and folding read. The formulas are
// those of NormMap (framework/kernels/normalize.h); so is the order in which the values lie.
#pragma once

#include <cstddef>

#include "cambium/framework/base/context.h"
#include "cambium/framework/base/form.h"
#include "cambium/framework/kernels/normalize.h"

namespace cambium {

// xhat = ((x - ref) - delta) * rstd. `Value` is real, or const real.
template <class Value>
struct SavedMap {
  Value *ref, *delta, *rstd;  // (channels) each

  static constexpr std::size_t values(std::size_t channels) { return 3 * channels; }
  SavedMap(Value* buffer, std::size_t channels) : ref(buffer), delta(buffer + channels), rstd(buffer + 2 * channels) {}

  double mean(std::size_t c) const { return static_cast<double>(ref[c]) + static_cast<double>(delta[c]); }

  // For the mean r + d. They are not added up, since the sum may round: a constant must come out as exactly 0.
  void set(std::size_t c, double r, double d, double reciprocal) const {
    ref[c] = static_cast<real>(r);
    delta[c] = static_cast<real>(d);
    rstd[c] = static_cast<real>(reciprocal);
  }
  // The same when there is only the mean: the reference is the mean itself, rounded; what the rounding lost is the delta.
  void set(std::size_t c, double mean, double reciprocal) const {
    const double rounded = static_cast<double>(static_cast<real>(mean));
    set(c, rounded, mean - rounded, reciprocal);
  }
};

// dx = g * rstd - k0 - k1 * xhat.
struct SavedPulls {
  real *k0, *k1;  // (channels) each

  static constexpr std::size_t values(std::size_t channels) { return 2 * channels; }
  SavedPulls(real* buffer, std::size_t channels) : k0(buffer), k1(buffer + channels) {}

  void set(std::size_t c, double first, double second) const {
    k0[c] = static_cast<real>(first);
    k1[c] = static_cast<real>(second);
  }
};

// For the kernels, of these samples: the map of all of them, or, with per_sample, of the first; with the pulls on the way back.
inline NormMap norm_map(const Context& ctx, Slice samples, std::size_t channels, bool per_sample, bool back) {
  using form::Normalize;
  const std::size_t first = per_sample ? as_size(samples.begin) * channels : 0;
  return {ctx.saved<const real>(Normalize::map_buffer) + SavedMap<real>::values(first),
          back ? ctx.saved<const real>(Normalize::pulls_buffer) + SavedPulls::values(first) : nullptr, per_sample};
}

}  // namespace cambium
