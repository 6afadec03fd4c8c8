#include "cambium/layers/streaming_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/layers/batch_map.h"
#include "cambium/layers/streams.h"

namespace cambium {
namespace {

using namespace batch_map;
using namespace streams;

// In the layer's own room, per channel: (x - m) / (n s) = slope y + offset.
constexpr std::size_t slope = 0, offset = 1;

void check_mix(const char* what, const StreamMix& mix) {
  const double sum = mix.long_term + mix.short_term + mix.current;
  if (!(mix.long_term >= 0 && mix.short_term >= 0 && mix.current >= 0 && std::fabs(sum - 1) < 1e-6))
    throw Error(std::string("streaming_norm: ") + what + " = " + mix.str() + ", where all must be at least 0, and their sum 1",
                ".forward = {0.5, 0.5, 0}, .backward = {0.6, 0, 0.4}");
}

void check_kappa(const char* what, double kappa) {
  if (!(kappa >= 0 && kappa <= 1))
    throw Error(std::string("streaming_norm: ") + what + " = " + text_of(kappa) + ", which must be at least 0 and at most 1",
                "0.7");
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
  for (const std::string term : {"_long", "_short"}) {
    needs.state.push_back({"mean" + term, {c}, 0.0, allowed::value});
    needs.state.push_back({"std" + term, {c}, 1.0, allowed::deviation});
    for (const char* of_gradient : {"gmean", "gstd"}) needs.state.push_back({of_gradient + term, {c}, 0.0, allowed::value});
    needs.state.push_back({"rstd" + term, {c}, 1.0, allowed::deviation});
  }
  for (const char* count : {"updates", "updates_back", "calls", "calls_back", "weights_version"})
    needs.state.push_back({count, {1}, 0.0, allowed::count});
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
    const std::size_t term = *pass.state[updates] > 0 ? 0 : to_short;
    for (std::size_t c = 0; c < channels; ++c)
      write_map(map, channels, c, pass.state[term + mean_of_x][c], 1 / pass.state[term + std_of_x][c]);
    return;
  }
  Streams stream(pass, channels, Direction::forward, options_.forward, options_.kappa_forward);
  Streams{pass, channels, Direction::backward, options_.backward, options_.kappa_backward};  // stays so where nothing goes back
  const double n = static_cast<double>(pass.batch) * static_cast<double>(extent.spatial);
  double* const own = pass.kept<double>(own_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const Moments batch = merge(all, extent, c, pass.batch);
    const double apart = n > 1 || stream.empty() ? 0 : batch.ref - stream.before(mean_of_x, c);  // n = 1: x is ref
    const double s = n == 1 && stream.empty() ? 1 : std::sqrt(batch.variance + apart * apart + options_.epsilon);
    const double M = stream.push(mean_of_x, c, batch.shift, batch.ref), off = batch.shift - M;
    const double least = options_.bounded ? std::sqrt(batch.variance + off * off) / StreamingNormOptions::limit : 0;
    const double S = std::max(stream.push(std_of_x, c, std::max(s, least)), least);
    write_map(map, channels, c, batch.ref, M, 1 / S);
    own[slope * channels + c] = n > 1 ? S / (n * s) : 0;
    own[offset * channels + c] = n > 1 ? (M - batch.shift) / (n * s) : apart / s;
  }
  stream.count_call();
  *pass.next[version] = pass.mode == Mode::adapt ? *pass.state[version] : static_cast<double>(pass.weights_version);
}

void StreamingNorm::forward(const Pass& pass, Rows rows) const noexcept {
  batch_map::forward(pass, rows, extent_of(pass.x[0].shape, options_.per));
}

void StreamingNorm::gather_back(const Back& back, Rows rows, std::span<double> out) const noexcept {
  batch_map::gather_back(back, rows, extent_of(back.x[0].shape, options_.per), out);
}

void StreamingNorm::settle_back(const Back& back, std::span<double> all) const noexcept {
  const Extent extent = extent_of(back.x[0].shape, options_.per);
  const std::size_t channels = extent.channels;
  real* const k = back.kept<real>(back_room);
  if (back.mode == Mode::evaluate) {  // statistics held: a plain scale
    std::fill_n(k, 2 * channels, real(0));
    return;
  }
  Streams stream(back, channels, Direction::backward, options_.backward, options_.kappa_backward);
  const double n = static_cast<double>(back.batch) * static_cast<double>(extent.spatial);
  const real* const scales = back.kept<const real>(map_room) + 2 * channels;
  const double* const own = back.kept<const double>(own_room);
  for (std::size_t c = 0; c < channels; ++c) {
    const BackSums sums = merge_back(all, extent, c);
    const double scale = static_cast<double>(scales[c]), most = StreamingNormOptions::limit * scale;
    const double mixed = stream.push(rstd, c, scale), share = options_.bounded && mixed > most ? most / mixed : 1;
    const double G = share * stream.push(gmean, c, -sums.g * scale), H = share * stream.push(gstd, c, -sums.g_xhat * scale);
    k[c] = static_cast<real>(-G / n - H * own[offset * channels + c]);
    k[channels + c] = static_cast<real>(-H * own[slope * channels + c]);
  }
  stream.count_call();
}

void StreamingNorm::backward(const Back& back, Rows rows) const noexcept {
  batch_map::backward(back, rows, extent_of(back.x[0].shape, options_.per));
}

Description StreamingNorm::describe() const { return describe_options("streaming_norm", options_); }

}  // namespace cambium
