// Normalization that is cut at a bound: the plain kernels, with y cut and dy left out where it is, to the last bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

TEST_CASE("bounded normalization: as the plain kernels with y cut and dy left out, the same bits at every instruction set") {
  constexpr real bound = 1.25;
  using List = std::initializer_list<std::size_t>;
  for (const std::size_t rows : List{1, 3})
    for (const std::size_t channels : List{1, 5, 17})
      for (const std::size_t spatial : List{1, 9, 35})
        for (const bool per_sample : {false, true})
          for (const Isa isa : available_isas()) {
            const Kernels& k = kernels(isa);
            const std::size_t n = rows * channels * spatial, maps = per_sample ? rows : 1;
            std::vector<real> x(n), dy(n), y(n), plain(n), dx(n), map(maps * 3 * channels), back(maps * 2 * channels);
            const auto fill = [](std::vector<real>& to, std::uint64_t seed) {
              for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<real>(Random(seed).normal(i));
            };
            fill(x, 1), fill(dy, 2), fill(map, 3), fill(back, 4);
            if (n > 20) x[20] = std::numeric_limits<real>::quiet_NaN();
            const NormMap forward{map.data(), nullptr, per_sample}, both{map.data(), back.data(), per_sample};
            k.normalize.forward(x.data(), plain.data(), rows, channels, spatial, forward, {});
            k.bounded.forward(x.data(), y.data(), rows, channels, spatial, forward, bound);
            std::vector<real> passed = dy;
            std::size_t cut = 0;
            for (std::size_t i = 0; i < n; ++i) {
              if (!(std::fabs(plain[i]) < bound)) passed[i] = 0, ++cut;
              if (std::isnan(plain[i]))
                CHECK(std::isnan(y[i]));
              else
                CHECK(y[i] == std::clamp(plain[i], -bound, bound));
            }
            if (channels == 17 && spatial > 1) CHECK((cut > 1 && cut < n));
            std::vector<double> sums(2 * channels), expected(2 * channels);
            k.bounded.back_moments(x.data(), dy.data(), rows, channels, spatial, forward, bound, sums.data());
            k.normalize.back_moments(x.data(), passed.data(), rows, channels, spatial, forward, {}, expected.data());
            const auto same = [](auto a, auto b) { return a == b || (std::isnan(a) && std::isnan(b)); };
            CHECK(std::equal(sums.begin(), sums.end(), expected.begin(), same));
            k.bounded.backward(x.data(), dy.data(), dx.data(), rows, channels, spatial, both, bound);
            k.normalize.backward(x.data(), passed.data(), plain.data(), rows, channels, spatial, both, {});
            CHECK(std::equal(dx.begin(), dx.end(), plain.begin(), same));
          }
}

}  // namespace cambium
