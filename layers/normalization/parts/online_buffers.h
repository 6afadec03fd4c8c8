// Where online norm keeps what, for its two sources: of flat samples, and of images.
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "cambium/framework/base/context.h"

namespace cambium::online {

// Per channel and sample: (ref, delta, rstd); (k0, k1); (mean of xhat, mean of xhat^2) over the positions, in double.
enum Kept { map_buffer, pulls_buffer, moments_buffer };
// Of flat samples, whose every value is a channel, unless in evaluate mode.
enum KeptOfFlat { xhat_buffer, rstd_buffer };
enum Remembered : std::size_t { mean_state, var_state, u_state, v_state, count_state };

// What a sample has in each of these.
template <class T>
T* of_sample(T* all, int sample, std::size_t values) {
  return all + static_cast<std::size_t>(sample) * values;
}

// These states of these channels, for the samples to move.
inline void begin_next(const Context& ctx, std::initializer_list<std::size_t> states, Slice channels) {
  const std::size_t bytes = static_cast<std::size_t>(channels.count()) * sizeof(double);
  for (const std::size_t i : states) std::memcpy(ctx.next[i] + channels.begin, ctx.state[i] + channels.begin, bytes);
}

}  // namespace cambium::online
