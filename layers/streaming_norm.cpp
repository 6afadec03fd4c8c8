#include "cambium/layers/streaming_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/batch_map.h"

namespace cambium {
namespace {

using namespace batch_map;

// Remembered of each stream: the long-term value, and its short-term value `streams` later. Of each direction: two counts.
constexpr std::size_t mean_of_x = 0, std_of_x = 1, gmean = 2, gstd = 3, streams = 4;
constexpr std::size_t ahead = 0, back = 1, updates = 2 * streams, calls = updates + 2, version = calls + 2;
// In the layer's own room, per channel: (x - m) / (n s) = slope y + offset.
constexpr std::size_t slope = 0, offset = 1;

// The two streams of one direction in one call. Writes `next` from `state`: with the long-term values taken over where the weights
// have moved since the last push, and then with what is pushed.
class Streams {
 public:
  Streams(const Frame& frame, std::size_t channels, std::size_t direction, const StreamMix& mix, double kappa)
      : next_(frame.next), mix_(mix), updates_(*frame.state[updates + direction]), calls_(*frame.state[calls + direction]) {
    const bool moved = static_cast<double>(frame.weights_version) != *frame.state[version];
    const bool adapting = frame.mode == Mode::adapt;
    const bool take_over = calls_ > 0 && (adapting ? direction == ahead : moved);
    for (std::size_t i = 2 * direction; i < 2 * direction + 2; ++i)
      for (std::size_t c = 0; c < channels; ++c) {
        const double far = frame.state[i][c], near = frame.state[streams + i][c];
        next_[i][c] = !take_over ? far : updates_ == 0 ? near : far + (1 - kappa) * (near - far);
        next_[streams + i][c] = near;  // overwritten by the first push
      }
    if (take_over) updates_ += 1, calls_ = 0;
    *next_[updates + direction] = updates_;
    *next_[calls + direction] = calls_;
  }

  bool empty() const { return updates_ == 0 && calls_ == 0; }
  double before(std::size_t stream, std::size_t c) const { return next_[updates_ > 0 ? stream : streams + stream][c]; }

  // Pushes zero + value, and returns what is to be used, relative to zero as well: a constant stays exact.
  double push(std::size_t stream, std::size_t c, double value, double zero = 0) {
    double& near = next_[streams + stream][c];
    near = calls_ == 0 ? zero + value : near + (zero + value - near) / (calls_ + 1);
    const double far = updates_ > 0 ? next_[stream][c] : near;
    return mix_.long_term * (far - zero) + mix_.short_term * (near - zero) + mix_.current * value;
  }
  void count_call(std::size_t direction) { *next_[calls + direction] = calls_ + 1; }

 private:
  std::span<double* const> next_;
  const StreamMix& mix_;
  double updates_, calls_;
};

void check_mix(const char* what, const StreamMix& mix) {
  const double sum = mix.long_term + mix.short_term + mix.current;
  if (!(mix.long_term >= 0 && mix.short_term >= 0 && mix.current >= 0 && std::fabs(sum - 1) < 1e-6))
    throw Error(std::string("streaming_norm: ") + what + " = " + mix.str() + ", where all must be at least 0, and their sum 1",
                ".forward = {0.5, 0.5, 0}, .backward = {0.6, 0, 0.4}");
}

void check_kappa(const char* what, double kappa) {
  if (!(kappa >= 0 && kappa < 1))
    throw Error(std::string("streaming_norm: ") + what + " = " + text_of(kappa) + ", which must be at least 0 and below 1", "0.7");
}

}  // namespace

StreamingNorm::StreamingNorm(StreamingNormOptions options) : options_(options) {
  check_mix("forward", options.forward), check_mix("backward", options.backward);
  check_kappa("kappa_forward", options.kappa_forward), check_kappa("kappa_backward", options.kappa_backward);
  check_epsilon("streaming_norm", options.epsilon);
}

Needs StreamingNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const Extent extent = extent_of(in, options_.per);
  const int c = static_cast<int>(extent.channels);
  Needs needs = needs_of(in, extent);
  needs.state = {{"mean_long", {c}, 0.0},  {"std_long", {c}, 1.0},     {"gmean_long", {c}, 0.0},     {"gstd_long", {c}, 0.0},
                 {"mean_short", {c}, 0.0}, {"std_short", {c}, 1.0},    {"gmean_short", {c}, 0.0},    {"gstd_short", {c}, 0.0},
                 {"updates", {1}, 0.0},    {"updates_back", {1}, 0.0}, {"calls", {1}, 0.0},          {"calls_back", {1}, 0.0},
                 {"weights_version", {1}, 0.0}};
  needs.keep.push_back({Room::Type::float64, 2 * extent.channels, 0});
  needs.gradient = setting.mode == Mode::train ? GradientKind::controller : GradientKind::exact;
  return needs;
}

void StreamingNorm::gather(const Pass& pass, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather(pass, rows, extent_of(pass.x[0].shape, options_.per), out);
}

void StreamingNorm::settle(const Pass& pass, std::span<double> all) const noexcept {
  const Extent extent = extent_of(pass.x[0].shape, options_.per);
  const std::size_t channels = extent.channels;
  real* const map = pass.kept<real>(map_room);
  if (pass.mode == Mode::evaluate) {
    const std::size_t term = *pass.state[updates] > 0 ? 0 : streams;
    for (std::size_t c = 0; c < channels; ++c)
      write_map(map, channels, c, pass.state[term + mean_of_x][c], 1 / pass.state[term + std_of_x][c]);
    return;
  }
  Streams(pass, channels, back, options_.backward, options_.kappa_backward);  // should the backward pass not come
  Streams stream(pass, channels, ahead, options_.forward, options_.kappa_forward);
  const double n = static_cast<double>(pass.batch) * static_cast<double>(extent.spatial);
  double* const own = pass.kept<double>(own_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const Moments batch = merge(all, extent, c, pass.batch);
    const double apart = n > 1 || stream.empty() ? 0 : batch.ref - stream.before(mean_of_x, c);  // n = 1: x is ref
    const double s = n == 1 && stream.empty() ? 1 : std::sqrt(batch.variance + apart * apart + options_.epsilon);
    const double M = stream.push(mean_of_x, c, batch.shift, batch.ref), S = stream.push(std_of_x, c, s);
    write_map(map, channels, c, batch.ref, M, 1 / S);
    own[slope * channels + c] = n > 1 ? S / (n * s) : 0;
    own[offset * channels + c] = n > 1 ? (M - batch.shift) / (n * s) : apart / s;
  }
  stream.count_call(ahead);
  *pass.next[version] = pass.mode == Mode::adapt ? *pass.state[version] : static_cast<double>(pass.weights_version);
}

void StreamingNorm::forward(const Pass& pass, Rows rows) const noexcept {
  batch_map::forward(pass, rows, extent_of(pass.x[0].shape, options_.per));
}

void StreamingNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather_back(back, rows, extent_of(back.x[0].shape, options_.per), out);
}

void StreamingNorm::settle_back(const Back& frame, std::span<double> all) const noexcept {
  const Extent extent = extent_of(frame.x[0].shape, options_.per);
  const std::size_t channels = extent.channels;
  real* const k = frame.kept<real>(back_room);
  if (frame.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, 2 * channels, real(0));
    return;
  }
  Streams stream(frame, channels, back, options_.backward, options_.kappa_backward);
  const double n = static_cast<double>(frame.batch) * static_cast<double>(extent.spatial);
  const real* const rstd = frame.kept<const real>(map_room) + 2 * channels;
  const double* const own = frame.kept<const double>(own_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const BackSums sums = merge_back(all, extent, c);
    const double scale = static_cast<double>(rstd[c]);
    const double G = stream.push(gmean, c, -sums.g * scale), H = stream.push(gstd, c, -sums.g_xhat * scale);
    k[c] = static_cast<real>(-G / n - H * own[offset * channels + c]);
    k[channels + c] = static_cast<real>(-H * own[slope * channels + c]);
  }
  stream.count_call(back);
}

void StreamingNorm::backward(const Back& back, Rows rows) const noexcept {
  batch_map::backward(back, rows, extent_of(back.x[0].shape, options_.per));
}

Description StreamingNorm::describe() const { return describe_options("streaming_norm", options_); }

}  // namespace cambium
