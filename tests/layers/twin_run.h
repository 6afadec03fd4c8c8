// A layer of batch statistics beside naive twins in double, one for each channel, over a sequence of training calls.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/framework/planning/plan.h"
#include "tests/layers/by_hand.h"

namespace cambium {

struct TwinRun {
  Shape shape;
  std::vector<int> batches;              // samples in each call
  std::vector<bool> updates = {};        // whether the weights move before it; all true where there are none
  double offset = 0.5, scale = 1.5;      // of x
  std::vector<std::string> states = {};  // in the order of Twin::state
};

// A Twin has take(x, updated) and take_back(dy), for all values of one channel in one call, y and dx after that, and state().
// Returns the worst |got - expected| / (1 + |expected|) over y, dx and state.
template <class Twin>
double worst_beside_twins(const Item& layer, const Twin& twin, const TwinRun& run) {
  const Sequential net(run.shape, Named("norm", layer));
  Weights weights(net);
  Plan plan(net, weights,
            {.batch = *std::max_element(run.batches.begin(), run.batches.end()), .mode = Mode::train, .input_gradient = true});
  const auto channels = static_cast<std::size_t>(run.shape.channels()), spatial = static_cast<std::size_t>(run.shape.spatial());
  std::vector<Twin> twins(channels, twin);
  double worst = 0;
  const auto differ = [&](double got, double expected) {
    const double error = std::fabs(got - expected) / (1 + std::fabs(expected));
    if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
  };
  const auto of_channel = [&](const auto& all, std::size_t c) {
    Doubles values;
    std::size_t i = 0;
    for (const real value : all)
      if (i++ / spatial % channels == c) values.push_back(static_cast<double>(value));
    return values;
  };
  for (std::size_t call = 0; call < run.batches.size(); ++call) {
    const bool updated = run.updates.empty() || run.updates[call];
    if (updated) weights.raise_version();
    std::vector<real> x(static_cast<std::size_t>(run.batches[call]) * channels * spatial);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<real>(run.offset + run.scale * Random(21).of(call).normal(i));
    const ConstView y = plan.forward({x.data(), run.shape, run.batches[call]});
    const View dy = plan.output_gradient();
    for (std::size_t i = 0; i < dy.size(); ++i) dy.data[i] = static_cast<real>(0.3 + Random(22).of(call).normal(i));
    const std::vector<real> g(dy.begin(), dy.end());
    weights.mark_gradients_used();
    plan.backward();
    for (std::size_t c = 0; c < channels; ++c) {
      twins[c].take(of_channel(x, c), updated);
      twins[c].take_back(of_channel(g, c));
      const Doubles got_y = of_channel(y, c), got_dx = of_channel(plan.input_gradient(), c), state = twins[c].state();
      for (std::size_t i = 0; i < got_y.size(); ++i) differ(got_y[i], twins[c].y[i]), differ(got_dx[i], twins[c].dx[i]);
      REQUIRE(state.size() == run.states.size());
      for (std::size_t i = 0; i < state.size(); ++i) {
        const auto got = weights.state("norm." + run.states[i]);
        differ(got[got.size() == 1 ? 0 : c], state[i]);
      }
    }
  }
  return worst;
}

// Sizes from 1 to 9, the same every time.
inline std::vector<int> mixed_batches(int calls, int least = 1) {
  std::vector<int> batches;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(calls); ++i)
    batches.push_back(least + static_cast<int>(Random(23).below(i, static_cast<std::uint64_t>(10 - least))));
  return batches;
}

}  // namespace cambium
