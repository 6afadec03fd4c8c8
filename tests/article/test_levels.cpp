// Elements of two levels, and elements that are rarely active: rows 34 and 35. The article rounds here: the levels come out at
//   -sqrt(p / (1 - p)) and sqrt((1 - p) / p),   p being the share of the high one,
// which is -1 and 1 for p = 1/2 only, and a baseline of 0 only as the event gets ever rarer.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/layers/activation/activation_clamp.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/article/fed.h"
#include "tests/article/figures.h"

namespace cambium::article {

namespace {

struct Pair {
  double low, high;
};
const Pair pairs[] = {{0, 1}, {0, 255}, {-3, 7}, {0.1, 0.11}, {1000, 1000.5}, {1e-4, 2e-4}};

double low_level(double p) { return -std::sqrt(p / (1 - p)); }
double high_level(double p) { return std::sqrt((1 - p) / p); }

// n samples of which the first of every n / highs are high; `highs` must divide n.
Values batch_of(const BatchNormOptions& options, std::size_t n, std::size_t highs, Pair pair) {
  Fed norm(Sequential(Shape{1}, BatchNorm(options)), {.batch = static_cast<int>(n), .mode = Mode::train});
  return norm.feed(made(n, [&](std::size_t i) { return i % (n / highs) == 0 ? pair.high : pair.low; }));
}

const BatchNormOptions input_rule = {.epsilon = 0, .input = true};

}  // namespace

TEST_CASE("article: two levels become minus and plus one when they share the time evenly, else what their shares say") {
  for (const Pair& pair : pairs) {
    const Values half = batch_of(input_rule, 100, 50, pair), quarter = batch_of(input_rule, 100, 25, pair);
    near_to(34, "six pairs, half the time each: low", half[1], -1, 1e-3);
    near_to(34, "six pairs, half the time each: high", half[0], 1, 1e-3);
    near_to(34, "six pairs, high a quarter of the time: low", quarter[1], low_level(0.25), 1e-3);
    near_to(34, "six pairs, high a quarter of the time: high", quarter[0], high_level(0.25), 1e-3);
    if (pair.high - pair.low < 0.5) continue;
    near_to(38, "BatchNorm(), two levels at least 0.5 apart: high", batch_of({}, 100, 50, pair)[0], 1, 1e-3);
  }
  // The default epsilon is felt by levels 0.01 apart: their variance is 2.5e-5.
  near_to(38, "BatchNorm(), two levels 0.01 apart: high", batch_of({}, 100, 50, pairs[3])[0], std::sqrt(2.5 / 3.5), 1e-3);
}

TEST_CASE("article: two levels become minus and plus one for online norm too, as exactly as it knows their shares") {
  const std::size_t channels = 6, warm_up = 10240, n = 20480;
  for (const bool in_turn : {true, false}) {
    const auto stream = [&](std::size_t samples, std::uint64_t seed) {
      return made(samples * channels, [&, random = Random(seed)](std::size_t i) {
        const Pair& pair = pairs[i % channels];
        const bool high = in_turn ? i / channels % 2 == 1 : random.uniform(i) < 0.5;
        return high ? pair.high : pair.low;
      });
    };
    Fed online(Sequential(Shape{6}, OnlineNorm(for_input)), {.batch = 512, .mode = Mode::adapt});
    online.feed(stream(warm_up, 34));
    const Values y = online.feed(stream(n, 35));
    const Values levels = made(y.size(), [&](std::size_t i) { return std::fabs(y[i]); });
    const Values apart = made(y.size(), [&](std::size_t i) { return levels[i] - 1; });
    const std::string which = in_turn ? "OnlineNorm, levels in turn" : "OnlineNorm, levels at random";
    near_to(34, which + ": mean level", mean_of(levels), 1, 0.01);
    // At random the mean that it knows has a deviation of sqrt((1 - alpha) / (1 + alpha)) = 0.022 itself; six of those.
    at_most(34, which + ": every level, from 1", largest_of(apart), in_turn ? 0.1 : 0.135);
  }
}

TEST_CASE("article: a rare event is magnified, and the baseline goes to zero as it gets rarer") {
  struct Rare {
    std::size_t n, events;
  };
  for (const Rare& rare : {Rare{1000, 100}, {1000, 20}, {1000, 10}, {1024, 16}, {1024, 4}, {1024, 1}}) {
    const double p = static_cast<double>(rare.events) / static_cast<double>(rare.n);
    for (const Pair& pair : pairs) {
      const Values y = batch_of(input_rule, rare.n, rare.events, pair);
      const std::string share = "1 in " + std::to_string(rare.n / rare.events);
      near_to(35, share + ": event", y[0], high_level(p), 0.01 * high_level(p));
      near_to(35, share + ": baseline", y[1], low_level(p), -0.01 * low_level(p));
      if (rare.n / rare.events >= 64) at_most(35, "baseline at 1 in 64 and rarer", std::fabs(y[1]), 0.127);
      if (pair.high - pair.low >= 1)
        near_to(38, "BatchNorm(), event 1 in " + std::to_string(rare.n / rare.events), batch_of({}, rare.n, rare.events, pair)[0],
                high_level(p), 0.01 * high_level(p));
    }
  }
  // The guard that online norm is often given cuts all that is rarer than 1 in 26.
  Fed guarded(Sequential(Shape{1}, BatchNorm(for_input), ActivationClamp()), {.batch = 1000, .mode = Mode::train});
  const Values cut = guarded.feed(made(1000, [](std::size_t i) { return i % 100 == 0 ? 1.0 : 0.0; }));
  near_to(35, "1 in 100 behind an activation clamp: event", largest_of(cut), 5, 0);
  Fed quiet(Sequential(Shape{1}, BatchNorm()), {.batch = 64, .mode = Mode::train, .input_gradient = true});
  at_most(35, "a batch without the event: |y|", largest_of(quiet.feed(Values(64, 0.1))), 0);
  const Values dx = quiet.back(normals(64, 35));
  CHECK(std::all_of(dx.begin(), dx.end(), [](double value) { return std::isfinite(value); }));
}

TEST_CASE("article: online norm magnifies a rare event by what it remembers of it") {
  // About 20 events are in its memory at 1 in 100, so the amplitude itself spreads by a tenth and more. The mean over 64 elements
  // and 20 memories each is sure to 1.3 / sqrt(64 * 10) = 0.05: the tenth that is allowed is more than six of those.
  const std::size_t channels = 64;
  const auto stream = [&](std::size_t samples, std::uint64_t seed) {
    return made(samples * channels, [random = Random(seed)](std::size_t i) { return random.uniform(i) < 0.01 ? 7.5 : 7.0; });
  };
  Fed online(Sequential(Shape{64}, OnlineNorm(for_input)), {.batch = 512, .mode = Mode::adapt});
  online.feed(stream(10240, 36));
  Values events, baseline;
  for (const double y : online.feed(stream(20480, 37))) (y > 3 ? events : baseline).push_back(y);
  near_to(35, "OnlineNorm, 1 in 100: event, mean", mean_of(events), high_level(0.01), 0.995);
  near_to(35, "OnlineNorm, 1 in 100: event, deviation of the amplitude", deviation_of(events), 1.3, 0.4);
  near_to(35, "OnlineNorm, 1 in 100: baseline", mean_of(baseline), low_level(0.01), 0.01);
}

}  // namespace cambium::article
