#include "cambium/layers/linear/conv2d.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

namespace {

enum Kept { for_forward, for_backward };  // the weights, packed as the two passes read them

}  // namespace

Convolution Conv2d::over(const Shape& in) const noexcept {
  return {window_over(in, options_.kernel, options_.stride, options_.pad), filters_};
}

Conv2d::Conv2d(int filters, Conv2dOptions options) : filters_(filters), options_(options) {
  if (filters < 1) throw Error("conv2d with " + std::to_string(filters) + " filters: it needs at least 1", "Conv2d(16)");
  check_window(options.kernel, options.stride, options.pad);
}

LayerSpec Conv2d::plan(const Setting& setting) const {
  const Shape& in = only_image(setting);
  check_fits(in, options_.kernel, options_.pad);
  const Window w = window_over(in, options_.kernel, options_.stride, options_.pad);
  LayerSpec spec;
  spec.out = Shape{filters_, w.out_height, w.out_width};
  const int area = Shape{w.kernel_height, w.kernel_width}.size();
  const int depth = Shape{w.channels, area}.size(), fan_out = Shape{filters_, area}.size();
  spec.params.push_back({"weight", {filters_, w.channels, w.kernel_height, w.kernel_width}, options_.init, depth, fan_out});
  if (options_.bias) spec.params.push_back({"bias", {filters_}, options_.bias_init, depth, fan_out, /*decay=*/false});
  const ConvolveKernels& run = kernels(setting.isa).convolve;
  const ConvolveKernels::Sizes sizes = run.sizes(over(in));
  spec.saved.push_back({.shared = sizes.forward});
  if (setting.backward) spec.saved.push_back({.shared = sizes.backward_input});
  spec.workspace = sizes.workspace * sizeof(real);
  spec.packing = this;
  spec.reads_x = true;
  spec.flops = (2.0 * depth + (options_.bias ? 1 : 0)) * spec.out.size();
  spec.algorithm = [of = over(in), name = run.algorithm](Pass pass, int, int) { return name(of, pass); };
  spec.form = form::Conv{filters_, w.kernel_height, w.kernel_width, options_.bias};
  spec.exported = exported(form::Windows{w});
  return spec;
}

void Conv2d::pack(const Forward& ctx) const noexcept {
  real* const backward = ctx.buffers.size() > for_backward ? ctx.saved<real>(for_backward) : nullptr;
  ctx.kernels->convolve.pack(over(ctx.x[0].shape), ctx.params[0], ctx.saved<real>(for_forward), backward);
}

void Conv2d::forward(const Forward& ctx, Slice slice) const noexcept {
  const real* bias = ctx.params.size() > 1 ? ctx.params[1] : nullptr;
  ctx.kernels->convolve.forward(over(ctx.x[0].shape), ctx.x[0].row(slice.begin), ctx.saved<const real>(for_forward), bias,
                                ctx.y.row(slice.begin), slice.count(), ctx.workspace_of<real>(slice));
}

void Conv2d::backward_input(const Backward& ctx, Slice slice) const noexcept {
  ctx.kernels->convolve.backward_input(over(ctx.dx[0].shape), ctx.dy.row(slice.begin), ctx.saved<const real>(for_backward),
                                       ctx.dx[0].row(slice.begin), slice.count(), ctx.workspace_of<real>(slice));
}

void Conv2d::backward_params(const Backward& ctx, Slice part, Gradients to) const noexcept {
  const real* dy = ctx.dy.row(part.begin);
  if (real* dw = to.at[0])
    ctx.kernels->convolve.backward_params(over(ctx.x[0].shape), ctx.x[0].row(part.begin), dy, dw, part.count(), to.add,
                                          ctx.workspace_of<real>(part));
  if (real* db = options_.bias ? to.at[1] : nullptr) {
    const auto filters = as_size(filters_), positions = as_size(ctx.dy.shape.size()) / filters;
    ctx.kernels->normalize.channel_map_gradient(dy, dy, as_size(part.count()), filters, positions, 0, filters, nullptr, db, to.add);
  }
}

Description Conv2d::describe() const {
  Description description = describe_options("conv2d", options_);
  description.fields.insert(description.fields.begin(), {"filters", text_of(filters_)});
  return description;
}

}  // namespace cambium
