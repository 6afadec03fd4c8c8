// What a layer declares, and what one step of it left behind, by name, for comparing it with what another one left.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/testing/layer_bench.h"

namespace cambium::testing {

struct NamedValues {
  std::string name;
  std::vector<double> values;
};

// y; dx and gradients as far as they are computed, when there was a backward pass; and the next state, unless in evaluate mode.
std::vector<NamedValues> results_of(LayerBench& bench, bool with_backward = true);

// "" or where the two differ: in any bit, or by more than `tolerance` times the L2 length of `expected`.
std::string bits_apart(const NamedValues& expected, const NamedValues& got);
std::string values_apart(const NamedValues& expected, const NamedValues& got, double tolerance);

// "" or the first value that is not finite.
std::string not_finite(const NamedValues& named);

// What a layer declares, as text: of its params and state alone, or everything.
std::string weights_text(const LayerSpec& spec);
std::string spec_text(const LayerSpec& spec);
// What is wrong with it, one sentence each; `in` is the shape of the first input.
std::vector<std::string> spec_faults(const LayerSpec& spec, const Shape& in);

}  // namespace cambium::testing
