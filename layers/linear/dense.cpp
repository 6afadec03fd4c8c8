#include "cambium/layers/linear/dense.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

// A sum over many samples, term after term in `real`, would be off by the more the more there are. So it is made of sums over
// `samples_at_once` samples, added up in double, for `outputs_at_once` outputs at a time.
constexpr int many_samples = 4096, samples_at_once = 1024, outputs_at_once = 32;

}  // namespace

Dense::Dense(int outputs, DenseOptions options) : outputs_(outputs), options_(options) {
  if (outputs < 1) throw Error("dense with " + std::to_string(outputs) + " outputs: it needs at least 1", "Dense(10)");
}

LayerSpec Dense::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  if (in.rank() != 1) throw Error("needs a flat input, got " + in.str(), "a Flatten() before it");
  const int inputs = in.size();
  LayerSpec spec;
  spec.out = Shape(outputs_);
  spec.params.push_back({"weight", {outputs_, inputs}, options_.init, inputs, outputs_});
  if (options_.bias) spec.params.push_back({"bias", {outputs_}, options_.bias_init, inputs, outputs_, /*decay=*/false});
  spec.reads_x = true;
  spec.param_outputs = outputs_;
  spec.output_split = this;
  if (setting.backward && setting.batch > many_samples) {  // the sums, and what is added to them
    const auto values = as_size(std::min(outputs_, outputs_at_once)) * as_size(inputs);
    spec.workspace = 2 * values * sizeof(double);
  }
  spec.flops = (2.0 * inputs + (options_.bias ? 1 : 0)) * outputs_;
  spec.algorithm = [inputs, outputs = outputs_, name = kernels(setting.isa).matrix.algorithm](Pass pass, int samples, int part) {
    if (pass == Pass::forward) return name(samples, part, inputs, {nullptr, inputs}, {nullptr, inputs, Op::transposed});
    if (pass == Pass::backward_input) return name(samples, inputs, outputs, {nullptr, outputs}, {nullptr, inputs});
    if (samples > many_samples) samples = samples_at_once, part = std::min(part, outputs_at_once);
    return name(part, inputs, samples, {nullptr, outputs, Op::transposed}, {nullptr, inputs});
  };
  spec.form = form::Dense{inputs, outputs_, options_.bias};
  return spec;
}

void Dense::forward(const Forward& ctx, Slice slice) const noexcept { forward_outputs(ctx, slice, {0, outputs_}); }

void Dense::forward_outputs(const Forward& ctx, Slice slice, Slice part) const noexcept {
  const int inputs = ctx.x[0].shape.size();
  const real* weight = ctx.params[0] + static_cast<std::ptrdiff_t>(part.begin) * inputs;
  real* y = ctx.y.row(slice.begin) + part.begin;
  ctx.kernels->matrix.multiply(slice.count(), part.count(), inputs, {ctx.x[0].row(slice.begin), inputs},
                               {weight, inputs, Op::transposed}, false, y, outputs_);
  for (int row = 0; ctx.params.size() > 1 && row < slice.count(); ++row, y += outputs_)
    ctx.kernels->elementwise.add(y, ctx.params[1] + part.begin, y, as_size(part.count()));
}

void Dense::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const View& dx = ctx.dx[0];
  const int inputs = dx.shape.size();
  ctx.kernels->matrix.multiply(slice.count(), inputs, outputs_, {ctx.dy.row(slice.begin), outputs_}, {ctx.params[0], inputs}, false,
                               dx.row(slice.begin), inputs);
}

void Dense::backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept {
  if (to.at[0]) weight_gradient(ctx, part, to);
  if (real* db = options_.bias ? to.at[1] : nullptr) {
    const auto samples = as_size(ctx.batch), outputs = as_size(outputs_);
    const auto first = as_size(part.begin), last = as_size(part.end);
    ctx.kernels->normalize.channel_map_gradient(ctx.dy.data, ctx.dy.data, samples, outputs, 1, first, last, nullptr, db, to.add);
  }
}

void Dense::weight_gradient(const Backward& ctx, Slice part, Gradients to) const noexcept {
  const int inputs = ctx.x[0].shape.size();
  const ElementwiseKernels& elementwise = ctx.kernels->elementwise;
  // Of `outputs` from `output` on, over `samples` from `sample` on.
  const auto multiply = [&](int output, int outputs, int sample, int samples, bool add, real* dw) {
    ctx.kernels->matrix.multiply(outputs, inputs, samples, {ctx.dy.row(sample) + output, outputs_, Op::transposed},
                                 {ctx.x[0].row(sample), inputs}, add, dw, inputs);
  };
  const auto weights_of = [&](int output) { return to.at[0] + static_cast<std::ptrdiff_t>(output) * inputs; };
  if (ctx.batch <= many_samples) return multiply(part.begin, part.count(), 0, ctx.batch, to.add, weights_of(part.begin));
  double* const sum = ctx.workspace_of<double>(part);
  const std::ptrdiff_t most = static_cast<std::ptrdiff_t>(std::min(outputs_, outputs_at_once)) * inputs;
  real* const term = reinterpret_cast<real*>(sum + most);
  for (int output = part.begin, outputs; output < part.end; output += outputs) {
    outputs = std::min(part.end - output, outputs_at_once);
    const auto values = as_size(outputs) * as_size(inputs);
    for (int sample = 0; sample < ctx.batch; sample += samples_at_once) {
      multiply(output, outputs, sample, std::min(ctx.batch - sample, samples_at_once), false, term);
      elementwise.sum_up(term, sum, values, sample > 0);
    }
    elementwise.take_sum(sum, weights_of(output), values, to.add);
  }
}

Description Dense::describe() const {
  Description description = describe_options("dense", options_);
  description.fields.insert(description.fields.begin(), {"outputs", text_of(outputs_)});
  return description;
}

}  // namespace cambium
