// The kernels of bounds at every instruction set against a plain loop, in place and not, and the same bits at all of them.
#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

using Values = std::vector<real>;
using List = std::initializer_list<std::size_t>;

const std::size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1023, 1025};
const real guard = 77, nan = std::numeric_limits<real>::quiet_NaN();

// n numbers in [-4, 4), and one more that nobody may touch.
Values draw(std::size_t n, std::uint64_t seed) {
  Values values(n + 1);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<real>(Random(seed).uniform(i, -4, 4));
  values[n] = guard;
  return values;
}

}  // namespace

TEST_CASE("clip and clip_back: as the plain loop at every instruction set, in place and not") {
  const real bound = static_cast<real>(1.7);
  for (const Isa isa : available_isas())
    for (const std::size_t n : sizes) {
      const BoundsKernels& k = kernels(isa).bounds;
      Values x = draw(n, 1), y = draw(n, 2), dx = draw(n, 4);
      const Values dy = draw(n, 3);
      if (n > 8) x[3] = bound, x[4] = -bound, x[5] = 0, x[n - 1] = -std::numeric_limits<real>::infinity();
      k.clip(x.data(), bound, y.data(), n);
      k.clip_back(y.data(), bound, dy.data(), dx.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(y[i] == (x[i] < -bound ? -bound : x[i] > bound ? bound : x[i]));
        REQUIRE(dx[i] == (std::fabs(x[i]) < bound ? dy[i] : 0));
      }
      CHECK(y[n] == guard);
      CHECK(dx[n] == guard);
      Values in_place = x, g = dy;
      k.clip(in_place.data(), bound, in_place.data(), n);
      k.clip_back(y.data(), bound, g.data(), g.data(), n);
      CHECK(in_place == y);
      CHECK(g == dx);
    }
}

TEST_CASE("a NaN goes through clip, wherever it stands, and no gradient comes back to it") {
  for (const Isa isa : available_isas())
    for (std::size_t at = 0; at < 35; ++at) {
      Values x = draw(35, 1), y(35), dx(35);
      x[at] = nan;
      kernels(isa).bounds.clip(x.data(), 3, y.data(), 35);
      kernels(isa).bounds.clip_back(y.data(), 3, x.data(), dx.data(), 35);
      for (std::size_t i = 0; i < 35; ++i) REQUIRE(std::isnan(y[i]) == (i == at));
      REQUIRE(dx[at] == 0);
    }
}

TEST_CASE("range: least and largest per channel as the plain loop, at every instruction set") {
  for (const Isa isa : available_isas())
    for (const std::size_t rows : List{0, 1, 2, 5})
      for (const std::size_t channels : List{1, 3, 17})
        for (const std::size_t spatial : List{1, 2, 31, 32, 33, 100}) {
          const Values x = draw(rows * channels * spatial, 1);
          std::vector<double> out(2 * channels + 1, 77), least(channels, HUGE_VAL), most(channels, -HUGE_VAL);
          for (std::size_t i = 0; i + 1 < x.size(); ++i) {
            const std::size_t c = i / spatial % channels;
            least[c] = std::fmin(least[c], static_cast<double>(x[i])), most[c] = std::fmax(most[c], static_cast<double>(x[i]));
          }
          kernels(isa).bounds.range(x.data(), rows, channels, spatial, out.data());
          for (std::size_t c = 0; c < channels; ++c) {
            REQUIRE(out[c] == least[c]);
            REQUIRE(out[channels + c] == most[c]);
          }
          CHECK(out[2 * channels] == 77);
        }
}

TEST_CASE("range: a NaN counts for nothing, wherever it stands") {
  for (const Isa isa : available_isas())
    for (const std::size_t spatial : List{1, 35})
      for (std::size_t at = 0; at < 35; ++at) {
        Values x(35, 2);
        x[(at + 1) % 35] = -5, x[(at + 2) % 35] = 9;
        x[at] = nan;
        double out[2];
        kernels(isa).bounds.range(x.data(), 35 / spatial, 1, spatial, out);
        REQUIRE(out[0] == -5);
        REQUIRE(out[1] == 9);
      }
}

}  // namespace cambium
