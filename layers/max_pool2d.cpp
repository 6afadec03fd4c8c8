#include "cambium/layers/max_pool2d.h"

#include "cambium/framework/base/error.h"
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

Needs MaxPool2d::plan(const Setting& setting) const {
  const Shape& in = only_image(setting);
  check_fits(in, kernel_, options_.pad);
  const Window w = window_over(in, kernel_, options_.stride, options_.pad);
  Needs needs;
  needs.out = Shape{w.channels, w.out_height, w.out_width};
  const bool one = w.kernel_height * w.kernel_width == 1;  // under each window, and it was the largest
  if (setting.backward && !one)
    needs.keep.push_back({.type = Room::Type::int32, .per_sample = static_cast<std::size_t>(needs.out.size())});
  needs.flops = static_cast<double>(needs.out.size()) * w.kernel_height * w.kernel_width;
  needs.form = form::Pool{form::Pool::Kind::max};
  return needs;
}

void MaxPool2d::forward(const Pass& pass, Rows rows) const noexcept {
  const Window w = window_over(pass.x[0].shape, kernel_, options_.stride, options_.pad);
  const std::ptrdiff_t outputs = pass.y.shape.size();
  for (int row = rows.begin; row < rows.end; ++row)
    pass.kernels->window.max_pool(pass.x[0].row(row), w, pass.y.row(row),
                                  pass.keep.empty() ? nullptr : pass.kept<std::int32_t>(0) + row * outputs);
}

void MaxPool2d::backward(const Back& back, Rows rows) const noexcept {
  const View& dx = back.dx[0];
  if (dx.data == nullptr) return;
  const Window w = window_over(dx.shape, kernel_, options_.stride, options_.pad);
  const std::ptrdiff_t outputs = back.dy.shape.size();
  for (int row = rows.begin; row < rows.end; ++row)
    if (back.keep.empty())
      back.kernels->window.scatter_columns(back.dy.row(row), w, dx.row(row));
    else
      back.kernels->window.max_pool_back(back.dy.row(row), back.kept<std::int32_t>(0) + row * outputs, w, dx.row(row));
}

Description MaxPool2d::describe() const {
  Description description = describe_options("max_pool2d", options_);
  description.fields.insert(description.fields.begin(), {"kernel", text_of(kernel_)});
  return description;
}

}  // namespace cambium
