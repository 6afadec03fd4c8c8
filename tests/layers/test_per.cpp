// What one statistic covers: `per` is a way to look at a sample, so every layer that has it does on a (2, 3, 4) sample per element
// what it does on 24 flat values, and pooled what it does on one channel of 24 positions. To the bit, over several steps.
#include <doctest/doctest.h>

#include <vector>

#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/range_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "tests/layers/by_hand.h"

namespace cambium {
namespace {

// y, dx, parameter gradients and state of five steps, the weights moving between some of them.
Doubles five_steps(const Layer& layer, const Shape& shape) {
  LayerBench bench(layer, {shape}, {.batch = 24, .slices = 3, .watch = false});
  Doubles all;
  const auto keep = [&](const auto& values) { all.insert(all.end(), values.begin(), values.end()); };
  const int params = static_cast<int>(bench.spec().params.size()), states = static_cast<int>(bench.spec().state.size());
  for (std::uint64_t step = 1; step <= 5; ++step) {
    bench.draw(step);
    bench.forward();
    bench.backward();
    keep(bench.y()), keep(bench.dx());
    for (int i = 0; i < params; ++i) keep(bench.gradient(i));
    bench.commit();
    for (int i = 0; i < states; ++i) keep(bench.state(i));
    if (step % 2 == 0) bench.weights_moved();
  }
  return all;
}

template <class L, class Options>
void check(Options options) {
  const Shape image{2, 3, 4}, flat(24), one_channel{1, 6, 4};
  options.per = Per::channel;
  const L per_channel(options);
  const Doubles as_flat = five_steps(per_channel, flat), as_one = five_steps(per_channel, one_channel);
  options.per = Per::element;
  CHECK(five_steps(L(options), image) == as_flat);
  options.per = Per::pooled;
  CHECK(five_steps(L(options), image) == as_one);
  CHECK(as_flat != as_one);
}

}  // namespace

TEST_CASE("per: what one statistic, or one gamma, covers") {
  check<Affine>(AffineOptions{});
  check<BatchNorm>(BatchNormOptions{});
  check<BatchRenorm>(BatchRenormOptions{.alpha = 0.1, .r_max = 2, .d_max = 1});
  check<StreamingNorm>(StreamingNormOptions{});
  check<OnlineNorm>(OnlineNormOptions{.alpha = 0.9});
  check<RangeNorm>(RangeNormOptions{.samples = 60});
}

}  // namespace cambium
