// The map of statistics that are held, at every instruction set, against the rule as layers have it for one channel.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/saved_map.h"
#include "cambium/framework/kernels/kernels.h"
#include "cambium/layers/normalization/statistics.h"

namespace cambium {

TEST_CASE("held_map: the bits of DeviationRule, at every instruction set") {
  const double variances[] = {0, 1, 1e-5, 3e7, 0x1p-200, 0x1p-201, 1e-300, 1e12, std::numeric_limits<double>::quiet_NaN()};
  for (const std::size_t channels : {1, 2, 3, 4, 8, 9, 17, 60})
    for (const bool input : {false, true})
      for (const bool silent : {false, true}) {
        const double epsilon = input ? 0 : silent ? 1e-5 : 0x1p-210;
        std::vector<double> mean(channels), var(channels);
        for (std::size_t c = 0; c < channels; ++c)
          mean[c] = Random(1).uniform(c, -1e3, 1e3), var[c] = variances[(c + channels) % std::size(variances)];
        std::vector<real> expected(3 * channels + 1, 77);
        const SavedMap<real> by_one(expected.data(), channels);
        const DeviationRule rule{epsilon, input};
        for (std::size_t c = 0; c < channels; ++c)
          by_one.set(c, mean[c], (silent && var[c] == 0) ? 0 : rule.reciprocal(mean[c], var[c]));
        for (const Isa isa : available_isas()) {
          std::vector<real> map(3 * channels + 1, 77);
          kernels(isa).normalize.held_map(mean.data(), var.data(), channels, {epsilon, input, silent}, map.data());
          for (std::size_t i = 0; i < map.size(); ++i)
            CHECK_MESSAGE((map[i] == expected[i] || (map[i] != map[i] && expected[i] != expected[i])),
                          fmt::format("{} channels, input {}, silent {}, {}: {} at {}, and it is {}", channels, input, silent,
                                      name(isa), map[i], i, expected[i]));
        }
      }
}

}  // namespace cambium
