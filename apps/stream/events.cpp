#include "apps/stream/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "cambium/framework/base/state_dict.h"

namespace stream {
namespace {

constexpr double early = 1000, block_rows = 500, few = 4, step = 0.01, cut = 5, sure = 6;

// Of a column that is mostly one value the median deviation is 0, and the mean root of it speaks.
double scale_of(double spread, double away_root) { return std::max(1.48 * spread, 0.5 * away_root * away_root); }

}  // namespace

const char* name_of(Event::Kind kind) {
  constexpr const char* names[] = {"constant", "woke_up", "drifting", "new_range", "rare"};
  return names[static_cast<int>(kind)];
}

void Events::take(std::span<const cambium::real> values, std::vector<Event>& events) {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    Track& t = tracks_[i];
    const double x = static_cast<double>(values[i]);
    if (!numbers_[i]) continue;
    if (t.rows == 0) t.last = t.median = t.least = t.most = t.lowest = t.highest = t.center = x;
    look_constant(t, x, i, events);
    if (t.constant == 0) look_rare(t, x, i, events), look_range(t, x, i, events), look_block(t, x, i, events);
    follow(t, x);
  }
}

void Events::follow(Track& t, double x) const {
  const double a = std::min(t.rows / (t.rows + 1), 0.999);
  const double away = std::fabs(x - t.median), fast = std::max(step, 1 / (t.rows + 2));
  if (t.spread == 0) t.spread = away;
  t.away_root = a * t.away_root + (1 - a) * std::sqrt(away);
  if (x != t.median) t.median += std::copysign(std::min(fast * scale_of(t.spread, t.away_root), away), x - t.median);
  t.spread *= away > t.spread ? 1 + fast : 1 / (1 + fast);
  t.spread = std::max(t.spread, 1e-6 * t.away_root * t.away_root);  // so that it comes back
  t.last = x, ++t.rows;
}

void Events::look_constant(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  if (t.awake != 0) return look_awake(t, x, value, events);
  if (x == t.last) {
    ++t.run;
    const bool ever = t.run > t.rows;  // from the first row on
    if (t.constant == 0 && t.run >= (ever ? early : std::max(150.0, 10 * t.longest)) && t.rows + 1 >= early) {
      t.constant = 1;
      events.push_back({Event::Kind::constant, value, t.run, fmt::format("is constant for {:.0f} rows, at {:.6g}", t.run, x)});
    }
    return;
  }
  if (t.constant != 0)
    t.awake = t.awake_rows = 1, t.was = t.last, t.was_for = t.run, t.other = x;
  else
    t.longest = std::max(t.longest, t.run);
  t.run = 1;
}

// A few other values are a rare event, and it stays constant; more, and it is awake.
void Events::look_awake(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  t.run = x == t.last ? t.run + 1 : 1, ++t.awake, t.awake_rows += x != t.was;
  if (t.awake_rows > 10) {
    events.push_back({Event::Kind::woke_up, value, t.was_for,
                      fmt::format("woke up {:.0f} rows ago, after {:.0f}: it was {:.6g} and was {:.6g} then", t.awake - 1,
                                  t.was_for, t.was, t.other)});
    t.constant = t.awake = t.longest = 0;
    t.quiet = t.rows + early, t.blocks = t.kept = t.spread = t.away_root = 0, t.still = 4;  // it must be known anew
    std::fill_n(t.largest, tail, 0.0);
  } else if (t.awake >= 20 && x == t.was) {
    events.push_back({Event::Kind::rare, value, t.other,
                      fmt::format("had a rare event {:.0f} rows ago: {:.6g}, and it is {:.6g} else", t.awake - 1, t.other, t.was)});
    t.run += t.was_for, t.awake = 0;
  }
}

// What lies outside enters the range when it is told, or when it has passed.
void Events::look_range(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  const double margin = 0.25 * (t.most - t.least), over = std::max(x - t.most, t.least - x);
  const bool outside = t.rows >= early && t.rows >= t.quiet && over > 0 && over >= margin;
  if (outside && t.beyond == 0) t.lowest = t.least, t.highest = t.most;
  const auto bits = (static_cast<std::uint32_t>(t.beyond) << 1 & 0xfffffu) | (outside ? 1u : 0u);
  t.beyond = static_cast<double>(bits);
  double& low = outside ? t.lowest : t.least;
  double& high = outside ? t.highest : t.most;
  low = std::min(low, x), high = std::max(high, x);
  const bool told = std::popcount(bits) >= 4;
  if (told) {
    events.push_back({Event::Kind::new_range, value, x,
                      fmt::format("is outside anything seen, {:.6g} to {:.6g}, and now {:.6g}", t.least, t.most, x)});
    t.quiet = t.rows + 2 * block_rows, t.spike = 0, t.beyond = 0, t.blocks = 0, t.kept = 0;
    std::fill_n(t.largest, tail, 0.0);
  }
  if (told || bits == 0x80000u) t.least = std::min(t.least, t.lowest), t.most = std::max(t.most, t.highest);
}

void Events::look_block(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  if (t.block == 0) t.center = t.median, t.scale = scale_of(t.spread, t.away_root);
  const double d = std::clamp(x - t.center, -cut * t.scale, cut * t.scale);
  t.sum += d, t.squares += d * d, t.away += std::fabs(d), ++t.block;
  if (t.block >= block_rows) end_block(t, value, events);
}

void Events::end_block(Track& t, std::size_t value, std::vector<Event>& events) const {
  const double n = t.block, mean = t.center + t.sum / n, away = t.away / n;
  const double error = std::sqrt(std::max(t.squares / n - t.sum / n * (t.sum / n), 0.0) / n);
  const double away_error = std::sqrt(std::max(t.squares / n - away * away, 0.0) / n);
  t.block = t.sum = t.squares = t.away = 0;
  if (t.rows < early || t.rows < t.quiet || t.scale == 0 || t.run >= 150) return;
  if (t.blocks++ == 0) t.low = t.high = t.before = mean, t.near = t.far = away;
  const double moved = std::max(mean - t.high, t.low - mean), least = 1.25 * std::max(t.scale / 1.48, sure * error);
  const double wider = t.far > 0 ? away / t.far : 1, narrower = away > 0 ? t.near / away : 1;
  if (t.blocks > 2 && ((wider > 1.6 && away - t.far > sure * away_error) ||
                       (narrower > 1.6 && t.near - away > sure * std::max(away_error, t.near / std::sqrt(n))))) {
    const double factor = wider > 1.6 ? wider : 1 / narrower;
    events.push_back(
        {Event::Kind::new_range, value, factor, fmt::format("has a new range: it deviates {:.3g} times what it did", factor)});
    t.quiet = t.rows + 2 * block_rows, t.blocks = 0;
  } else if (moved > least && t.still >= 4 && t.blocks > few) {
    events.push_back({Event::Kind::drifting, value, moved / t.scale,
                      fmt::format("is drifting: its mean is {:.6g}, {:.2g} deviations beyond {:.6g} to {:.6g}", mean,
                                  moved / t.scale, t.low, t.high)});
    t.still = 0;
  }
  if (t.still < 4) t.still = std::fabs(mean - t.before) > 0.3 * least ? 0 : t.still + 1;
  t.before = mean;
  if (t.blocks <= few || t.still < 4) t.low = std::min(t.low, mean), t.high = std::max(t.high, mean);
  t.near = std::min(t.near, away), t.far = std::max(t.far, away);
}

void Events::look_rare(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  const double scale = scale_of(t.spread, t.away_root), far = scale > 0 ? std::fabs(x - t.median) / scale : x == t.median ? 0 : 1e9;
  if (t.spike != 0) {
    ++t.spike_age, t.spike_rows += far >= 0.3 * t.spike;
    if (t.spike_rows > 10) t.spike = 0, t.quiet = std::max(t.quiet, t.rows);  // it stays: the range will tell
    if (t.spike != 0 && t.spike_age >= 20) {
      events.push_back(
          {Event::Kind::rare, value, t.spike,
           fmt::format("had a rare event {:.0f} rows ago: {:.6g}, {:.3g} deviations out", t.spike_age, t.spike_value, t.spike)});
      t.spike = 0, t.quiet = t.rows + 100;
    }
  } else if (t.rows >= early && t.rows >= t.quiet && t.kept >= tail && far > t.largest[0] && far > cut) {
    double logs = 0;
    for (const double one : t.largest) logs += std::log(one / std::max(t.largest[0], 1e-9));
    const double exponent = std::min(tail / std::max(logs, 1e-9), 10.0);
    const double chance = tail / t.rows * std::pow(far / std::max(t.largest[0], 1e-9), -exponent);
    if (chance < 1e-7) t.spike = far, t.spike_value = x, t.spike_rows = 1, t.spike_age = 0;
  }
  if (t.rows < 100 || far <= t.largest[0]) return;
  if (t.kept < tail) t.kept = std::min<double>(tail, t.kept + 1);
  t.largest[0] = far;
  for (int i = 0; i + 1 < tail && t.largest[i] > t.largest[i + 1]; ++i) std::swap(t.largest[i], t.largest[i + 1]);
}

void Events::state_dict(cambium::StateDict& dict) {
  static_assert(sizeof(Track) % sizeof(double) == 0);
  if (!tracks_.empty()) dict.values("tracks", std::span(&tracks_[0].rows, tracks_.size() * (sizeof(Track) / sizeof(double))));
}

}  // namespace stream
