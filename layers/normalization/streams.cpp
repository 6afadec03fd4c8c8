#include "cambium/layers/normalization/streams.h"

namespace cambium::streams {

Streams::Streams(const Context& ctx, std::size_t channels, Direction direction, const StreamMix& mix, double kappa)
    : next_(ctx.next), mix_(mix), direction_(direction) {
  const auto at = static_cast<std::size_t>(direction);
  updates_ = *ctx.state[updates + at], calls_ = *ctx.state[calls + at];
  const bool moved = static_cast<double>(ctx.weights_version) != *ctx.state[version];
  const bool update = ctx.mode == Mode::adapt ? direction == Direction::forward : moved;
  const bool take_over = calls_ > 0 && update;
  const bool forward = direction == Direction::forward;
  for (std::size_t i = forward ? mean_of_x : gmean; i < (forward ? gmean : to_short); ++i)
    for (std::size_t c = 0; c < channels; ++c) {
      const double far = ctx.state[i][c], near = ctx.state[to_short + i][c];
      next_[i][c] = !take_over ? far : updates_ == 0 ? near : far + (1 - kappa) * (near - far);
      next_[to_short + i][c] = near;  // overwritten by the first push
    }
  if (take_over) updates_ += 1, calls_ = 0;
  *next_[updates + at] = updates_;
  *next_[calls + at] = calls_;
}

double Streams::push(std::size_t stream, std::size_t c, double value, double zero) {
  double& near = next_[to_short + stream][c];
  near = calls_ == 0 ? zero + value : near + (zero + value - near) / (calls_ + 1);
  const double far = updates_ > 0 ? next_[stream][c] : near;
  return mix_.long_term * (far - zero) + mix_.short_term * (near - zero) + mix_.current * value;
}

}  // namespace cambium::streams
