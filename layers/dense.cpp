#include "cambium/layers/dense.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

Dense::Dense(int outputs, DenseOptions options) : outputs_(outputs), options_(options) {
  if (outputs < 1) throw Error("dense with " + std::to_string(outputs) + " outputs: it needs at least 1", "Dense(10)");
}

Needs Dense::plan(const Setting& setting) const {
  const Shape& in = only_input(setting);
  if (in.rank() != 1) throw Error("needs a flat input, got " + in.str(), "a Flatten() before it");
  const int inputs = in.size();
  Needs needs;
  needs.out = Shape(outputs_);
  needs.params.push_back({"weight", {outputs_, inputs}, options_.init, inputs, outputs_});
  if (options_.bias) needs.params.push_back({"bias", {outputs_}, options_.bias_init, inputs, outputs_, /*decay=*/false});
  needs.reads_x = true;
  needs.cut = GradientCut::outputs;
  needs.gradient_units = outputs_;
  needs.parts = true;
  needs.flops = (2.0 * inputs + (options_.bias ? 1 : 0)) * outputs_;
  needs.form = form::Dense{inputs, outputs_, options_.bias};
  return needs;
}

void Dense::forward(const Pass& pass, Rows rows) const noexcept { forward_part(pass, rows, {0, outputs_}); }

void Dense::forward_part(const Pass& pass, Rows rows, Rows part) const noexcept {
  const int inputs = pass.x[0].shape.size();
  const real* weight = pass.params[0] + static_cast<std::ptrdiff_t>(part.begin) * inputs;
  real* y = pass.y.row(rows.begin) + part.begin;
  pass.kernels->matrix.multiply(Op::plain, Op::transposed, rows.count(), part.count(), inputs, pass.x[0].row(rows.begin), inputs,
                                weight, inputs, false, y, outputs_);
  for (int row = 0; pass.params.size() > 1 && row < rows.count(); ++row, y += outputs_)
    pass.kernels->elementwise.add(y, pass.params[1] + part.begin, y, static_cast<std::size_t>(part.count()));
}

void Dense::backward(const Back& back, Rows rows) const noexcept {
  const View& dx = back.dx[0];
  if (dx.data == nullptr) return;
  const int inputs = dx.shape.size();
  back.kernels->matrix.multiply(Op::plain, Op::plain, rows.count(), inputs, outputs_, back.dy.row(rows.begin), outputs_,
                                back.params[0], inputs, false, dx.row(rows.begin), inputs);
}

void Dense::gradient(const Back& back, Rows part, Gradients to) const noexcept {
  const int inputs = back.x[0].shape.size();
  const real* dy = back.dy.data + part.begin;  // these outputs of the first sample; the next sample is outputs_ further
  if (real* dw = to.at[0])
    back.kernels->matrix.multiply(Op::transposed, Op::plain, part.count(), inputs, back.batch, dy, outputs_, back.x[0].data, inputs,
                                  to.add, dw + static_cast<std::ptrdiff_t>(part.begin) * inputs, inputs);
  const auto samples = static_cast<std::size_t>(back.batch), share = static_cast<std::size_t>(part.count());
  if (real* db = options_.bias ? to.at[1] : nullptr)
    back.kernels->elementwise.sum_rows(dy, static_cast<std::size_t>(outputs_), db + part.begin, samples, share, to.add);
}

Description Dense::describe() const {
  Description description = describe_options("dense", options_);
  description.fields.insert(description.fields.begin(), {"outputs", text_of(outputs_)});
  return description;
}

}  // namespace cambium
