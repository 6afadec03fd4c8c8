#include "cambium/layers/normalization/streaming_norm.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/layers/normalization/streams.h"

namespace cambium {
namespace {

using namespace streams;

// In the layer's own buffer, per channel: (x - m) / (n s) = slope y + offset.
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

StreamingNorm::StreamingNorm(StreamingNormOptions options) : BatchMapNorm(options.per), options_(options) {
  check_mix("forward", options.forward), check_mix("backward", options.backward);
  check_kappa("kappa_forward", options.kappa_forward), check_kappa("kappa_backward", options.kappa_backward);
  check_epsilon("streaming_norm", options.epsilon);
}

LayerSpec StreamingNorm::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  const Extent extent = extent_of(in, options_.per);
  const int c = static_cast<int>(extent.channels);
  LayerSpec spec = spec_for(in);
  for (const std::string term : {"_long", "_short"}) {
    spec.state.push_back({"mean" + term, {c}, 0.0, allowed::value});
    spec.state.push_back({"std" + term, {c}, 1.0, allowed::deviation});
    for (const char* of_gradient : {"gmean", "gstd"}) spec.state.push_back({of_gradient + term, {c}, 0.0, allowed::value});
    spec.state.push_back({"rstd" + term, {c}, 1.0, allowed::deviation});
  }
  for (const char* count : {"updates", "updates_back", "calls", "calls_back", "weights_version"})
    spec.state.push_back({count, {1}, 0.0, allowed::count});
  spec.saved.push_back({Saved::Type::float64, 2 * extent.channels, 0});
  spec.gradient = setting.mode == Mode::train ? GradientKind::controller : GradientKind::exact;
  return spec;
}

void StreamingNorm::merge(const Forward& ctx, std::span<double> all) const noexcept {
  const Extent extent = this->extent(ctx);
  const std::size_t channels = extent.channels;
  const SavedMap map(ctx.saved<real>(map_buffer), channels);
  if (ctx.mode == Mode::evaluate) {
    const std::size_t term = *ctx.state[updates] > 0 ? 0 : to_short;
    for (std::size_t c = 0; c < channels; ++c) map.set(c, ctx.state[term + mean_of_x][c], 1 / ctx.state[term + std_of_x][c]);
    return;
  }
  Streams stream(ctx, channels, Direction::forward, options_.forward, options_.kappa_forward);
  Streams{ctx, channels, Direction::backward, options_.backward, options_.kappa_backward};  // stays so where nothing goes back
  const double n = static_cast<double>(ctx.batch) * static_cast<double>(extent.spatial);
  double* const own = ctx.saved<double>(own_buffer);
  for (std::size_t c = 0; c < channels; ++c) {
    const Moments batch = moments(all, extent, c, ctx.batch);
    const double apart = n > 1 || stream.empty() ? 0 : batch.ref - stream.before(mean_of_x, c);  // n = 1: x is ref
    const double s = n == 1 && stream.empty() ? 1 : std::sqrt(batch.variance + apart * apart + options_.epsilon);
    const double M = stream.push(mean_of_x, c, batch.shift, batch.ref), off = batch.shift - M;
    const double least = options_.bounded ? std::sqrt(batch.variance + off * off) / StreamingNormOptions::limit : 0;
    const double S = std::max(stream.push(std_of_x, c, std::max(s, least)), least);
    map.set(c, batch.ref, M, 1 / S);
    own[slope * channels + c] = n > 1 ? S / (n * s) : 0;
    own[offset * channels + c] = n > 1 ? (M - batch.shift) / (n * s) : apart / s;
  }
  stream.count_call();
  *ctx.next[version] = ctx.mode == Mode::adapt ? *ctx.state[version] : static_cast<double>(ctx.weights_version);
}

void StreamingNorm::merge_back(const Backward& ctx, std::span<double> all) const noexcept {
  const Extent extent = this->extent(ctx);
  const std::size_t channels = extent.channels;
  const SavedPulls pulls(ctx.saved<real>(pulls_buffer), channels);
  if (ctx.mode == Mode::evaluate) {  // statistics held: a plain scale
    for (std::size_t c = 0; c < channels; ++c) pulls.set(c, 0, 0);
    return;
  }
  Streams stream(ctx, channels, Direction::backward, options_.backward, options_.kappa_backward);
  const double n = static_cast<double>(ctx.batch) * static_cast<double>(extent.spatial);
  const SavedMap map(ctx.saved<const real>(map_buffer), channels);
  const double* const own = ctx.saved<const double>(own_buffer);
  for (std::size_t c = 0; c < channels; ++c) {
    const GradientSums sums = gradient_sums(all, extent, c);
    const double scale = static_cast<double>(map.rstd[c]), most = StreamingNormOptions::limit * scale;
    const double mixed = stream.push(rstd, c, scale), share = options_.bounded && mixed > most ? most / mixed : 1;
    const double G = share * stream.push(gmean, c, -sums.g * scale), H = share * stream.push(gstd, c, -sums.g_xhat * scale);
    pulls.set(c, -G / n - H * own[offset * channels + c], -H * own[slope * channels + c]);
  }
  stream.count_call();
}

Description StreamingNorm::describe() const { return describe_options("streaming_norm", options_); }

}  // namespace cambium
