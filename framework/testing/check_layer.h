// The whole contract of a layer in one call: check_layer(Swish(), {Shape{7}, Shape{3, 5, 5}}).
//
// find_package(Cambium COMPONENTS testing) and target_link_libraries(my_test PRIVATE cambium::testing) bring it to a project of
// one's own, with any framework for tests or none. All that my_test compiles, the layer too, is then in double (`real` is double),
// since gradients in single precision cannot be compared; cambium::testing_f32 checks all but gradients, for a layer that is float
// alone.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/layer.h"

namespace cambium::testing {

// The input shapes of one case: Shape{7}, or {Shape{7}, Shape{7}} for a layer of two inputs.
struct Inputs {
  std::vector<Shape> shapes;
  Inputs(Shape one) : shapes{one} {}
  Inputs(std::initializer_list<Shape> several) : shapes(several) {}
  Inputs(std::vector<Shape> several) : shapes(std::move(several)) {}
};

struct CheckOptions {
  double tolerance = 1e-8;         // of a gradient: max |analytic - numeric| / max |analytic|, per tensor, in double
  double step = 1e-5;              // of the central differences
  std::vector<double> kinks = {};  // where f is not smooth, beside 0 and where one x is as large as another
  double distance = 20;            // so many steps x stays away from all of those
  std::vector<int> batches = {1, 7};
  int coordinates = 300;  // of one tensor that are moved one by one; beyond that, a choice of them and one random direction
  Isa isa = best_isa();
};

// For layers that are linear in each argument: no kinks, and no truncation error, so the step may be long.
inline CheckOptions linear() { return {.tolerance = 1e-9, .step = 1e-3, .distance = 0}; }
// For batch statistics; with a batch of 1 as well where the layer takes it.
inline CheckOptions batch_statistics() { return {.tolerance = 1e-6, .batches = {1, 4, 7}}; }

// Throws an Error that lists what was found, each sentence naming layer, shape, batch and, where there is one, the index and both
// values:
//   plan is pure; params and state are the same for every mode and batch; describe() names a kind
//   gradients by their declared kind against central differences (double build): exact, held (what merge leaves held fixed);
//     what is partly held, and a controller, have tests of their own
//   dx and y wholly overwritten; gradients overwritten, or added to; null dx and null gradients respected
//   nothing written outside the rows, guard bands intact, inputs untouched; nothing read that was not declared (reads_x, reads_y)
//   the same bits on a second run, for any order of slices and threads, and for every declared aliasing; other cuts agree closely
//   the state moves in train and adapt mode only, and through `next` alone; a batch smaller than planned works
//   every mode; a batch of 1, or its refusal; no memory taken in a pass
void check_layer(const Layer& layer, const std::vector<Inputs>& cases, const CheckOptions& options = {});

// The same for one case, as a list.
std::vector<std::string> layer_faults(const Layer& layer, const Inputs& inputs, const CheckOptions& options = {});

// y, dx and the parameter gradients of one training step, one after the other, from values of order 1 that are exact in float:
// for comparing the two precisions with each other.
std::vector<double> run_layer_values(const Layer& layer, const Inputs& inputs, std::uint64_t seed, int batch = 7);

}  // namespace cambium::testing
