// An op with every pointer filled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cambium/framework/planning/output_cut.h"
#include "cambium/framework/planning/timetable.h"

namespace cambium {

// Of one thread. The spans in `forward` and `backward` point into the vectors beside them.
struct BoundOp {
  const ScheduledOp* op = nullptr;
  Forward forward;
  Backward backward;
  std::vector<ConstView> x, backward_x;
  std::vector<View> dx, dx_targets;
  std::vector<const real*> params;
  std::vector<const double*> state;
  std::vector<double*> next;
  std::vector<void*> buffers;
  double *partial_sums = nullptr, *partial_sums_back = nullptr;
  OutputCut outputs;         // how threads share them, where samples are too few
  bool needs_dx = false;     // and has it not in place already
  std::uint64_t random = 0;  // its part of the random numbers: the name of its layer

  const LayerSpec& spec() const { return op->spec; }
  const Layer& layer() const { return *op->layer; }
};

// The same for an op that runs forward once more on the way back.
struct BoundRecompute {
  const BoundOp* of = nullptr;
  std::vector<ConstView> x;
  Forward forward;
};

}  // namespace cambium
