#include "apps/stream/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "cambium/framework/base/state_dict.h"

namespace stream {
namespace {

constexpr double early = 1000, block_rows = 500, other_rows = 50, few = 4, step = 0.01, cut = 5, sure = 6, improbable = 5e-7,
                 outlier = 1e6;

// Of a column that is mostly one value the median deviation is 0, and the mean root of it speaks.
double scale_of(double spread, double away_root) { return std::max(1.48 * spread, 0.5 * away_root * away_root); }
bool is_sparse(double spread, double away_root) { return 1.48 * spread < 0.1 * away_root * away_root; }

}  // namespace

const char* name_of(Event::Kind kind) {
  constexpr const char* names[] = {"constant", "woke_up", "drifting", "new_range", "rare"};
  return names[static_cast<int>(kind)];
}

std::string deviations(double count, int digits) {
  const std::string number = fmt::format("{:.{}g}", count, digits);
  return number + (number == "1" ? " deviation" : " deviations");
}

Events::Events(std::vector<bool> numbers)
    : numbers_(std::move(numbers)),
      improbable_(improbable / static_cast<double>(std::max<std::ptrdiff_t>(std::ranges::count(numbers_, true), 1))),
      tracks_(numbers_.size()) {}

void Events::take(std::span<const cambium::real> values, const std::vector<bool>& silent, std::vector<Event>& events) {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    Track& t = tracks_[i];
    const double x = static_cast<double>(values[i]);
    if (!numbers_[i] || silent[i]) continue;
    if (t.rows == 0) t.last = t.median = t.least = t.most = t.lowest = t.highest = t.center = x;
    look_constant(t, x, i, events);
    if (t.constant == 0) look_rare(t, x, i, events), look_range(t, x, i, events), look_block(t, x, i, events);
    follow(t, x);
  }
}

void Events::follow(Track& t, double x) const {
  const double a = std::min(t.age / (t.age + 1), 0.999);
  const double away = std::fabs(x - t.median), fast = std::max(step, 1 / (t.age + 2));
  if (t.spread == 0) t.spread = away;
  t.away_root = a * t.away_root + (1 - a) * std::sqrt(std::min(away, outlier * scale_of(t.spread, t.away_root)));
  if (x != t.median) t.median += std::copysign(std::min(fast * scale_of(t.spread, t.away_root), away), x - t.median);
  t.spread *= away > t.spread ? 1 + fast : 1 / (1 + fast);
  t.spread = std::max(t.spread, 1e-6 * t.away_root * t.away_root);  // so that it comes back
  t.last = x, ++t.rows, ++t.age;
}

// What the values are now says nothing of those before.
void Events::begin_anew(Track& t, double x) const {
  t.median = x, t.age = t.spread = t.away_root = t.blocks = t.other_blocks = t.spike = 0, t.still = 4, t.tail = {};
  t.quiet = t.rows + early;
}

void Events::look_constant(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  if (t.awake != 0) return look_awake(t, x, value, events);
  if (x == t.last) {
    ++t.run;
    const bool ever = t.run > t.rows;  // from the first row on
    if (t.constant == 0 && t.run >= (ever ? early : std::max(150.0, 5 * t.longest)) && t.rows + 1 >= early) {
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

// A few other values are a rare event, and it stays constant; more, or the third such event with less than 1,000 rows from one to
// the next, and it is awake.
void Events::look_awake(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  t.run = x == t.last ? t.run + 1 : 1, ++t.awake, t.awake_rows += x != t.was;
  const bool over = t.awake >= 20 && x == t.was;
  if (over) t.rares = t.rares > 0 && t.rows - t.rare_at < early ? t.rares + 1 : 1, t.rare_at = t.rows;
  if (t.awake_rows > 10 || (over && t.rares == 3)) {
    events.push_back({Event::Kind::woke_up, value, t.was_for,
                      fmt::format("woke up {:.0f} rows ago, after {:.0f}: it was {:.6g} and was {:.6g} then", t.awake - 1,
                                  t.was_for, t.was, t.other)});
    t.constant = t.awake = t.longest = t.rares = 0;
    begin_anew(t, x);
  } else if (over) {
    if (t.rares == 1)
      events.push_back(
          {Event::Kind::rare, value, t.other,
           fmt::format("had a rare event {:.0f} rows ago: {:.6g}, and it is {:.6g} else", t.awake - 1, t.other, t.was)});
    t.run += t.was_for, t.awake = 0;
  }
}

// What lies outside enters the range when it is told, or when 20 rows have passed.
void Events::look_range(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  if (is_sparse(t.spread, t.away_root) && std::fabs(x - t.median) <= scale_of(t.spread, t.away_root)) return;
  const double over = std::max(x - t.most, t.least - x);
  const bool outside = t.rows >= early && t.rows >= t.quiet && over > 0 && over >= 0.25 * (t.most - t.least);
  const auto bits = (static_cast<std::uint32_t>(std::clamp(t.beyond, 0.0, 1048575.0)) << 1 & 0xfffffu) | (outside ? 1u : 0u);
  t.beyond = static_cast<double>(bits);
  if (over > 0 && t.waits == 0) t.waits = 20, t.lowest = t.least, t.highest = t.most;
  if (t.waits == 0) return;
  t.lowest = std::min(t.lowest, x), t.highest = std::max(t.highest, x);
  const bool told = std::popcount(bits) >= 4;
  if (told) {
    events.push_back({Event::Kind::new_range, value, x,
                      fmt::format("is outside anything seen, {:.6g} to {:.6g}, and now {:.6g}", t.least, t.most, x)});
    begin_anew(t, x);
    t.beyond = 0;
  }
  if (!told && --t.waits > 0) return;
  t.least = t.lowest, t.most = t.highest, t.waits = 0;
}

void Events::look_block(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  const bool sparse = is_sparse(t.spread, t.away_root);
  if (sparse) look_others(t, x, value, events);
  t.sparse_rows += sparse;
  if (t.block == 0) t.center = t.median, t.scale = scale_of(t.spread, t.away_root);
  const double d = std::clamp(x - t.center, -cut * t.scale, cut * t.scale);
  t.sum += d, t.squares += d * d, t.away += std::fabs(d), ++t.block;
  if (t.block >= block_rows) end_block(t, value, events);
}

// Of a sparse column the rows that are not its usual value, as logarithms: whatever they are, a factor is a shift.
void Events::look_others(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  const double away = std::fabs(x - t.median);
  if (away <= scale_of(t.spread, t.away_root)) {
    t.others_run = 0;
    return;
  }
  const double log = std::log(away);
  t.others_most = std::max(t.others_most, ++t.others_run);
  t.logs += log, t.log_squares += log * log;
  if (++t.others < other_rows) return;
  const double mean = t.logs / other_rows, error = std::sqrt(std::max(t.log_squares / other_rows - mean * mean, 0.0) / other_rows);
  const bool sparse = t.others_most < other_rows / 3;  // else it is leaving its usual value
  t.others = t.others_most = t.logs = t.log_squares = 0;
  if (t.rows < early || t.rows < t.quiet || !sparse) return;
  if (t.other_blocks++ == 0) t.small = t.large = mean;
  const double factor = mean > t.large ? mean - t.large : mean < t.small ? mean - t.small : 0;
  if (t.other_blocks > 1 && std::fabs(factor) > std::max(std::log(1.6), sure * error)) {
    const double times = std::exp(factor);
    events.push_back({Event::Kind::new_range, value, times,
                      fmt::format("has a new range: what is not {:.6g} deviates {:.3g} times what it did", t.median, times)});
    t.quiet = t.rows + 2 * block_rows, t.blocks = t.other_blocks = 0;
  }
  t.small = std::min(t.small, mean), t.large = std::max(t.large, mean);
}

void Events::end_block(Track& t, std::size_t value, std::vector<Event>& events) const {
  const double n = t.block, mean = t.center + t.sum / n, away = t.away / n;
  const double error = std::sqrt(std::max(t.squares / n - t.sum / n * (t.sum / n), 0.0) / n);
  const double away_error = std::sqrt(std::max(t.squares / n - away * away, 0.0) / n);
  const bool sparse = t.sparse_rows > 0;  // what it deviates is told by look_others
  t.block = t.sum = t.squares = t.away = t.sparse_rows = 0;
  if (t.rows < early || t.rows < t.quiet || t.scale == 0 || t.run >= 150) return;
  if (t.blocks++ == 0) t.low = t.high = t.before = mean, t.near = t.far = 0;
  if (t.far == 0) t.near = t.far = away;
  const double moved = std::max(mean - t.high, t.low - mean), least = 1.25 * std::max(t.scale / 1.48, sure * error);
  const double wider = t.far > 0 ? away / t.far : 1, narrower = away > 0 ? t.near / away : 1;
  if (t.blocks > 2 && !sparse &&
      ((wider > 1.6 && away - t.far > sure * away_error) ||
       (narrower > 1.6 && t.near - away > sure * std::max(away_error, t.near / std::sqrt(n))))) {
    const double factor = wider > 1.6 ? wider : 1 / narrower;
    events.push_back(
        {Event::Kind::new_range, value, factor, fmt::format("has a new range: it deviates {:.3g} times what it did", factor)});
    t.quiet = t.rows + 2 * block_rows, t.blocks = 0;
  } else if (moved > least && t.still >= 4 && t.blocks > few) {
    events.push_back({Event::Kind::drifting, value, moved / t.scale,
                      fmt::format("is drifting: its mean is {:.6g}, {} beyond {:.6g} to {:.6g}", mean,
                                  deviations(moved / t.scale, 2), t.low, t.high)});
    t.still = 0;
  }
  if (t.still < 4) t.still = std::fabs(mean - t.before) > 0.3 * least ? 0 : t.still + 1;
  t.before = mean;
  if (t.blocks <= few || t.still < 4) t.low = std::min(t.low, mean), t.high = std::max(t.high, mean);
  t.near = sparse ? 0 : std::min(t.near, away), t.far = sparse ? 0 : std::max(t.far, away);
}

void Events::look_rare(Track& t, double x, std::size_t value, std::vector<Event>& events) const {
  const double scale = scale_of(t.spread, t.away_root), far = scale > 0 ? std::fabs(x - t.median) / scale : x == t.median ? 0 : 1e9;
  const double over = std::max(x - t.most, t.least - x);
  if (t.spike != 0) {
    const bool sparse = is_sparse(t.spread, t.away_root);
    ++t.spike_age, t.spike_others += !sparse || far > 1;
    t.spike_rows += far >= std::max(0.3 * t.spike, std::min(cut, 0.75 * t.spike));
    if (t.spike_rows > 10) t.spike = 0, t.quiet = std::max(t.quiet, t.rows);  // it stays: the range will tell
    if (t.spike != 0 && t.spike_age >= 20 && (t.spike_others >= 5 || t.spike_age >= 300)) {
      events.push_back(
          {Event::Kind::rare, value, t.spike,
           fmt::format("had a rare event {:.0f} rows ago: {:.6g}, {} out", t.spike_age, t.spike_value, deviations(t.spike, 3))});
      t.spike = 0, t.quiet = t.rows + 100;
    }
  } else if (t.rows >= early && t.rows >= t.quiet &&
             ((far > cut && t.tail.chance(far) < improbable_) ||
              (over >= 0.25 * (t.most - t.least) && t.tail.has_end(is_sparse(t.spread, t.away_root))))) {
    t.spike = far, t.spike_value = x, t.spike_rows = 1, t.spike_age = t.spike_others = 0;
  }
  if (t.rows >= 100) t.tail.take(far);
}

void Events::state_dict(cambium::StateDict& dict) {
  static_assert(sizeof(Track) % sizeof(double) == 0);
  if (!tracks_.empty()) dict.values("tracks", std::span(&tracks_[0].rows, tracks_.size() * (sizeof(Track) / sizeof(double))));
}

}  // namespace stream
