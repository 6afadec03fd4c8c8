#include "apps/landscape/measures/identity.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "apps/landscape/net.h"
#include "cambium/framework/base/random.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"

namespace landscape {

using namespace cambium;

namespace {

// Of one channel, every `channels`-th value from c on: |dx|^2 against what the theorem says, relative.
struct Pass {
  std::size_t channels;
  std::vector<real> x, y, g, dx;

  double error(std::size_t c, double gamma) const {
    const double m = static_cast<double>(x.size() / channels);
    double mean = 0, variance = 0, squares = 0, all = 0, slope = 0, passed = 0;
    for (std::size_t i = c; i < x.size(); i += channels) mean += static_cast<double>(x[i]) / m;
    for (std::size_t i = c; i < x.size(); i += channels) {
      const auto off = static_cast<double>(x[i]) - mean, gi = static_cast<double>(g[i]), back = static_cast<double>(dx[i]);
      variance += off * off / m, squares += gi * gi, all += gi, passed += back * back;
      slope += gi * static_cast<double>(y[i]) / gamma;
    }
    return std::fabs(passed / (gamma * gamma / variance * (squares - all * all / m - slope * slope / m)) - 1);
  }
};

}  // namespace

double identity_error(const IdentityOptions& options) {
  const auto channels = as_size(options.channels), values = as_size(options.batch) * channels;
  const Random random = Random(options.seed).of(part_of_name("identity"));
  const Sequential graph(Shape(options.channels), BatchNorm(for_input), Affine({.beta = false}));
  Weights weights(graph, options.seed);
  const std::span<real> gamma = weights.value("affine_1.gamma");
  for (std::size_t c = 0; c < channels; ++c) gamma[c] = static_cast<real>(random.uniform(c, 0.5, 2));
  Plan plan(graph, weights, {.batch = options.batch, .mode = Mode::train, .input_gradient = true});
  Pass pass{channels, std::vector<real>(values), {}, std::vector<real>(values), {}};
  for (std::size_t i = 0; i < values; ++i) {
    pass.x[i] = static_cast<real>(3 + 2 * random.of(1).normal(i));
    pass.g[i] = static_cast<real>(0.5 + 0.3 * static_cast<double>(pass.x[i]) + random.of(2).normal(i));
  }
  const ConstView y = plan.forward({pass.x.data(), Shape(options.channels), options.batch});
  pass.y.assign(y.begin(), y.end());  // before the way back, which may write over what it reads
  std::copy(pass.g.begin(), pass.g.end(), plan.output_gradient().begin());
  plan.backward();
  const ConstView dx = plan.input_gradient();
  pass.dx.assign(dx.begin(), dx.end());
  double worst = 0;
  for (std::size_t c = 0; c < channels; ++c) worst = std::max(worst, pass.error(c, static_cast<double>(gamma[c])));
  return worst;
}

}  // namespace landscape
