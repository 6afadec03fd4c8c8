// How a layer is driven on the bench.
#pragma once

#include <cstdint>

#include "cambium/framework/base/layer.h"

namespace cambium::testing {

struct BenchOptions {
  Mode mode = Mode::train;
  int batch = 7;    // samples in every call
  int planned = 0;  // Setting::batch; 0: as many as in the calls
  int slices = 1;   // into how many the batch, the channels that recur, and the outputs of gradients are cut
  int threads = 1;
  bool reversed = false;     // hands out the last slice first, and the last thread first
  bool y_is_x = false;       // forward in place (input 0)
  bool dx_is_dy = false;     // backward in place (input 0)
  bool input_first = false;  // backward_input comes before backward_params
  bool watch = true;         // check every buffer after every call
  int outputs = 1;           // into how many slices the outputs are cut in forward, where the layer allows it
  bool show_x = false;       // backward sees x even where the layer says that it does not read it
  bool show_y = false;       // the same for y
  std::uint64_t random = 1;  // of Context::random
  Isa isa = best_isa();
};

}  // namespace cambium::testing
