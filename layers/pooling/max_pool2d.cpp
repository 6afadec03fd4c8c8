#include "cambium/layers/pooling/max_pool2d.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

MaxPool2d::MaxPool2d(Size2 kernel, MaxPool2dOptions options) : kernel_(kernel), options_(options) {
  if (options_.stride == same_as_kernel) options_.stride = kernel_;
  check_window(kernel_, options_.stride, options_.pad);
  if (options_.pad.height >= kernel_.height || options_.pad.width >= kernel_.width)
    throw Error("pad " + options_.pad.str() + " is not smaller than the kernel " + kernel_.str() +
                    ": a window would see nothing but padding",
                ".pad = " + Size2((kernel_.height - 1) / 2, (kernel_.width - 1) / 2).str());
}

LayerSpec MaxPool2d::plan(const Setting& setting) const {
  const Shape& in = only_image(setting);
  check_fits(in, kernel_, options_.pad);
  const Window w = window_over(in, kernel_, options_.stride, options_.pad);
  LayerSpec spec;
  spec.out = Shape{w.channels, w.out_height, w.out_width};
  const bool one = w.kernel_height * w.kernel_width == 1;  // under each window, and it was the largest
  if (setting.backward && !one) spec.saved.push_back({.type = Saved::Type::int32, .per_sample = as_size(spec.out.size())});
  spec.flops = static_cast<double>(spec.out.size()) * w.kernel_height * w.kernel_width;
  spec.form = form::MaxPool{};
  spec.exported = exported(form::Windows{w});
  return spec;
}

void MaxPool2d::forward(const Forward& ctx, Slice slice) const noexcept {
  const Window w = window_over(ctx.x[0].shape, kernel_, options_.stride, options_.pad);
  const std::ptrdiff_t outputs = ctx.y.shape.size();
  for (int row = slice.begin; row < slice.end; ++row)
    ctx.kernels->window.max_pool(ctx.x[0].row(row), w, ctx.y.row(row),
                                 ctx.buffers.empty() ? nullptr : ctx.saved<std::int32_t>(0) + row * outputs);
}

void MaxPool2d::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const View& dx = ctx.dx[0];
  const Window w = window_over(dx.shape, kernel_, options_.stride, options_.pad);
  const std::ptrdiff_t outputs = ctx.dy.shape.size();
  for (int row = slice.begin; row < slice.end; ++row)
    if (ctx.buffers.empty())
      ctx.kernels->window.col2im(ctx.dy.row(row), w, dx.row(row));
    else
      ctx.kernels->window.max_pool_back(ctx.dy.row(row), ctx.saved<std::int32_t>(0) + row * outputs, w, dx.row(row));
}

Description MaxPool2d::describe() const {
  Description description = describe_options("max_pool2d", options_);
  description.fields.insert(description.fields.begin(), {"kernel", text_of(kernel_)});
  return description;
}

}  // namespace cambium
