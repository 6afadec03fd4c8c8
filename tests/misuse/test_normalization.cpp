// Normalizers that cannot be, where they do not fit, and what cannot be done with them.
#include <doctest/doctest.h>

#include <memory>

#include "cambium/cambium.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

TEST_CASE("misuse: normalizers that cannot be made") {
  check_misuses({
      {"groups of nothing", [] { GroupNorm(0); }, "group_norm with 0 groups: it needs at least 1; try GroupNorm(8)"},
      {"a range of fewer than no samples", [] { RangeNorm({.samples = -1}); },
       "range_norm: samples = -1, which must be at least 0; try 100, or 0 for a range that goes on widening"},
      {"a clamp that lets nothing through", [] { ActivationClamp(0.0); },
       "activation_clamp: bound = 0, which must be between 1e-30 and 1e30; try ActivationClamp(5)"},
      {"a clamp by its lower bound", [] { ActivationClamp(-5.0); },
       "activation_clamp: bound = -5, which must be between 1e-30 and 1e30; try ActivationClamp(5)"},
      {"layer scaling that divides by zero", [] { LayerScaling({.epsilon = 0}); },
       "layer_scaling: epsilon = 0, which must be at least 1e-30 and below 1e30; try 1e-5"},
      {"batch renorm with r bounded the wrong way", [] { BatchRenorm({.r_max = 0.5}); },
       "batch_renorm: r_max = 0.5, which must nowhere be below 1; try 1, or {{5000, 1}, {40000, 3}}"},
      {"batch renorm with d below 0", [] { BatchRenorm({.d_max = -1}); },
       "batch_renorm: d_max = -1, which must nowhere be below 0; try 0, or {{5000, 0}, {25000, 5}}"},
      {"a schedule that runs backwards",
       [] {
         BatchRenorm({.r_max = {{40000, 3}, {5000, 1}}});
       },
       "a ramp with step 5000 after step 40000, and steps must increase; try one number, or points such as {{5000, 1}, "
       "{40000, 3}}"},
      {"streams mixed to more than all",
       [] {
         StreamingNorm({.forward = {0.5, 0.6, 0}});
       },
       "streaming_norm: forward = [0.5, 0.6, 0], where all must be at least 0, and their sum 1; try .forward = {0.5, 0.5, 0}, "
       ".backward = {0.6, 0, 0.4}"},
      {"streaming norm with a weight above 1", [] { StreamingNorm({.kappa_forward = 1.5}); },
       "streaming_norm: kappa_forward = 1.5, which must be at least 0 and at most 1; try 0.7"},
  });
}

TEST_CASE("misuse: normalizers where they do not fit") {
  check_misuses({
      {"channels that groups cannot share",
       [] {
         Sequential(Shape{4, 3, 3}, GroupNorm(3));
       },
       "layer 1 group_norm_1 (groups 3, epsilon 1e-5): an input of 4x3x3 has 4 channels, which cannot be divided into 3 groups; "
       "came from input; try GroupNorm(2), *"},
      {"instance norm of a flat input", [] { Sequential(Shape{4}, InstanceNorm()); },
       "layer 1 instance_norm_1 (epsilon 1e-5): an input of 4 has one value in each group, and its normalization is always 0; "
       "came from input; try LayerNorm(), *"},
      {"layer norm of a single value", [] { Sequential(Shape{1}, LayerNorm()); },
       "layer 1 layer_norm_1 (epsilon 1e-5): an input of 1 has one value in each group, and its normalization is always 0; came "
       "from input; try BatchNorm() *"},
      {"a norm before what is not there", [] { insert_before(Sequential(Shape{4}, Dense(3)), nonlinearities, BatchNorm()); },
       "insert_before: no layer was picked; the model has dense; try *"},
      {"nothing before every layer", [] { insert_before(Sequential(Shape{4}, Dense(3)), linear_layers, Chain()); },
       "insert_before: there is nothing to insert; try with_affine(BatchNorm())"},
      {"an affine step for no layer", [] { with_affine(std::shared_ptr<const Layer>()); },
       "item: the layer is a null pointer; try std::make_shared<Dense>(10), or just Dense(10)"},
  });
}

TEST_CASE("misuse: folding what moves") {
  const Sequential net(Shape{4}, Dense(3), BatchNorm());
  check_misuses({
      {"in training",
       [&] {
         Weights weights(net);
         Plan(net, weights, {.batch = 2, .mode = Mode::train, .fold = true});
       },
       "plan: .fold = true in train mode, and statistics that move cannot be folded; try .mode = Mode::evaluate"},
      {"and back",
       [&] {
         Weights weights(net);
         Plan(net, weights, {.batch = 2, .backward = true, .fold = true});
       },
       "plan: .fold = true with .backward = true, and a folded pass has no way back; try .fold = false"},
  });
}

}  // namespace
}  // namespace cambium
