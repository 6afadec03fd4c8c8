#include "cambium/layers/conv2d.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

enum Kept { for_forward, for_backward };  // the weights, arranged as the two passes read them

}  // namespace

Convolution Conv2d::over(const Shape& in) const noexcept {
  return {window_over(in, options_.kernel, options_.stride, options_.pad), filters_};
}

Conv2d::Conv2d(int filters, Conv2dOptions options) : filters_(filters), options_(options) {
  if (filters < 1) throw Error("conv2d with " + std::to_string(filters) + " filters: it needs at least 1", "Conv2d(16)");
  check_window(options.kernel, options.stride, options.pad);
}

Needs Conv2d::plan(const Setting& setting) const {
  const Shape& in = only_image(setting);
  check_fits(in, options_.kernel, options_.pad);
  const Window w = window_over(in, options_.kernel, options_.stride, options_.pad);
  Needs needs;
  needs.out = Shape{filters_, w.out_height, w.out_width};
  const int area = Shape{w.kernel_height, w.kernel_width}.size();
  const int depth = Shape{w.channels, area}.size(), fan_out = Shape{filters_, area}.size();
  needs.params.push_back({"weight", {filters_, w.channels, w.kernel_height, w.kernel_width}, options_.init, depth, fan_out});
  if (options_.bias) needs.params.push_back({"bias", {filters_}, options_.bias_init, depth, fan_out, /*decay=*/false});
  const ConvolveKernels::Sizes sizes = kernels(setting.isa).convolve.sizes(over(in));
  needs.keep.push_back({.shared = sizes.forward});
  if (setting.backward) needs.keep.push_back({.shared = sizes.backward});
  needs.lane_scratch = {.shared = sizes.scratch};
  needs.prepares = true;
  needs.reads_x = true;
  needs.flops = (2.0 * depth + (options_.bias ? 1 : 0)) * needs.out.size();
  needs.form = form::Conv{filters_, w.kernel_height, w.kernel_width, options_.bias};
  return needs;
}

void Conv2d::prepare(const Pass& pass) const noexcept {
  real* const backward = pass.keep.size() > for_backward ? pass.kept<real>(for_backward) : nullptr;
  pass.kernels->convolve.arrange(over(pass.x[0].shape), pass.params[0], pass.kept<real>(for_forward), backward);
}

void Conv2d::forward(const Pass& pass, Rows rows) const noexcept {
  const real* bias = pass.params.size() > 1 ? pass.params[1] : nullptr;
  pass.kernels->convolve.forward(over(pass.x[0].shape), pass.x[0].row(rows.begin), pass.kept<const real>(for_forward), bias,
                                 pass.y.row(rows.begin), rows.count(), pass.scratch_of<real>(rows));
}

void Conv2d::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  back.kernels->convolve.backward(over(back.dx[0].shape), back.dy.row(rows.begin), back.kept<const real>(for_backward),
                                  back.dx[0].row(rows.begin), rows.count(), back.scratch_of<real>(rows));
}

void Conv2d::gradient(const Back& back, Rows part, Gradients to) const noexcept {
  const real* dy = back.dy.row(part.begin);
  if (real* dw = to.at[0])
    back.kernels->convolve.gradient(over(back.x[0].shape), back.x[0].row(part.begin), dy, dw, part.count(), to.add,
                                    back.scratch_of<real>(part));
  if (real* db = options_.bias ? to.at[1] : nullptr) {
    const auto filters = static_cast<std::size_t>(filters_), positions = static_cast<std::size_t>(back.dy.shape.size()) / filters;
    back.kernels->normalize.channel_map_gradient(dy, dy, static_cast<std::size_t>(part.count()), filters, positions, 0, filters,
                                                 nullptr, db, to.add);
  }
}

Description Conv2d::describe() const {
  Description description = describe_options("conv2d", options_);
  description.fields.insert(description.fields.begin(), {"filters", text_of(filters_)});
  return description;
}

}  // namespace cambium
