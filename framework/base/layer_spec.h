// What a layer says of itself in `plan`. A plain layer fills in `out` and two or three of the flags.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cambium/framework/base/abilities.h"
#include "cambium/framework/base/form.h"
#include "cambium/framework/base/param.h"
#include "cambium/framework/kernels/isa.h"
#include "cambium/framework/kernels/pass.h"

namespace cambium {

struct ExportForm;

// What the layer will be used for. Never the number of threads: it must not change a bit.
struct Setting {
  std::span<const Shape> in;  // one shape per input
  int batch = 1;              // the largest batch; calls may bring fewer samples
  Mode mode = Mode::evaluate;
  Isa isa = Isa::portable;
  bool backward = true;  // a backward pass may follow
};

// Memory that lives from a layer's forward pass to its backward pass: `shared` values and `per_sample` values for each sample
// of the planned batch, in this order. With WeightPacking it lives from `pack` on.
struct Saved {
  enum class Type { reals, float64, int32 } type = Type::reals;
  std::size_t shared = 0, per_sample = 0;

  std::size_t bytes(int batch) const {
    const std::size_t each = type == Type::reals ? sizeof(real) : type == Type::float64 ? 8 : 4;
    return each * (shared + per_sample * as_size(batch));
  }
};

// The abilities of this layer in this setting, and the sizes that belong to them. Null: it has it not.
struct StatisticsSpec {
  const Statistics* ability = nullptr;
  bool per_sample = false;                    // else per chunk
  std::size_t partial = 0, partial_back = 0;  // doubles for each; 0: the call is not made
};
struct RecurrenceSpec {
  const Recurrence* ability = nullptr;
  int channels = 0;
};

// Which test of backward_input applies. exact: it is the derivative of forward. held: it is, when what `merge` leaves is held
// fixed. partly_held: it is, when some of that is held and the rest moves with x (batch renorm). controller: it is no derivative,
// but a recurrence of its own (online norm, streaming norm). The last two have tests of their own.
enum class GradientKind { exact, held, partly_held, controller };

struct LayerSpec {
  Shape out;
  std::vector<Param> params;
  std::vector<State> state;
  std::vector<Saved> saved;
  std::size_t workspace = 0;       // bytes, of each thread, not saved; for calls on slices alone
  bool reads_x = false;            // in the backward pass
  bool reads_y = false;            // in the backward pass
  bool in_place = false;           // forward may be handed x as y
  bool backward_in_place = false;  // backward_input may be handed dy as dx
  bool recomputable = false;       // forward costs hardly more than reading x and y: it may be called again on the way back
  // How backward_params is cut for threads. 0: by samples; each slice sums up its own, and the plan adds the sums in order. Else
  // by outputs, of which there are so many: each owns an equal, contiguous share of every parameter's values, and a call makes
  // the whole sum for its outputs.
  int param_outputs = 0;
  int min_batch = 1;  // the smallest batch that this mode can take
  double flops = 0;   // of the forward pass, for one sample; a multiply-add counts as 2
  // For summaries: the kernels' algorithm in a call of this pass for so many samples and outputs. Null: there is none to choose.
  std::function<const char*(Pass pass, int samples, int outputs)> algorithm;
  GradientKind gradient = GradientKind::exact;
  Form form = form::Opaque{};
  std::shared_ptr<const ExportForm> exported;  // what files for other programs need beyond it: base/export_form.h

  StatisticsSpec statistics;
  RecurrenceSpec recurrence;
  const WeightPacking* packing = nullptr;
  const OutputSplit* output_split = nullptr;  // needs param_outputs
};

}  // namespace cambium
