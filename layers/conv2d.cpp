#include "cambium/layers/conv2d.h"

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

// weight (filters, depth) times columns (depth, positions) is y (filters, positions).
struct Conv2d::Sizes {
  Window window;
  int depth, positions;
  bool plain;  // a 1x1 kernel that skips nothing: x itself is the columns

  std::size_t columns() const { return plain ? 0 : static_cast<std::size_t>(depth) * static_cast<std::size_t>(positions); }
};

Conv2d::Sizes Conv2d::sizes_for(const Shape& in) const noexcept {
  const Window w = window_over(in, options_.kernel, options_.stride, options_.pad);
  return {w, w.channels * w.kernel_height * w.kernel_width, w.out_height * w.out_width,
          options_.kernel == Size2(1) && options_.stride == Size2(1) && options_.pad == Size2(0)};
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
  needs.lane_scratch = {.type = Room::Type::real, .shared = sizes_for(in).columns()};
  needs.reads_x = true;
  needs.flops = (2.0 * depth + (options_.bias ? 1 : 0)) * needs.out.size();
  needs.form = form::Conv{filters_, w.kernel_height, w.kernel_width, w.stride_height, w.stride_width, w.pad_height, w.pad_width,
                          options_.bias};
  return needs;
}

void Conv2d::forward(const Pass& pass, Rows rows) const noexcept {
  const auto [window, depth, positions, plain] = sizes_for(pass.x[0].shape);
  for (int row = rows.begin; row < rows.end; ++row) {
    const real* columns = pass.x[0].row(row);
    real* y = pass.y.row(row);
    if (!plain) {
      real* gathered = pass.scratch_of<real>(rows);
      pass.kernels->window.gather_columns(columns, window, gathered);
      columns = gathered;
    }
    gemm(Op::plain, Op::plain, filters_, positions, depth, 1, pass.params[0], depth, columns, positions, 0, y, positions);
    if (options_.bias)  // while y is still in cache
      pass.kernels->normalize.channel_map(y, y, 1, static_cast<std::size_t>(filters_), static_cast<std::size_t>(positions), nullptr,
                                          pass.params[1]);
  }
}

void Conv2d::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  const auto [window, depth, positions, plain] = sizes_for(back.dx[0].shape);
  for (int row = rows.begin; row < rows.end; ++row) {
    real* dx = back.dx[0].row(row);
    real* dcolumns = plain ? dx : back.scratch_of<real>(rows);
    gemm(Op::transposed, Op::plain, depth, positions, filters_, 1, back.params[0], depth, back.dy.row(row), positions, 0, dcolumns,
         positions);
    if (!plain) back.kernels->window.scatter_columns(dcolumns, window, dx);
  }
}

void Conv2d::gradient(const Back& back, Rows part, Gradients to) const noexcept {
  const auto [window, depth, positions, plain] = sizes_for(back.x[0].shape);
  if (real* dw = to.at[0])
    for (int row = part.begin; row < part.end; ++row) {
      const real* columns = back.x[0].row(row);
      if (!plain) {
        real* gathered = back.scratch_of<real>(part);
        back.kernels->window.gather_columns(columns, window, gathered);
        columns = gathered;
      }
      const bool add = to.add || row > part.begin;
      gemm(Op::plain, Op::transposed, filters_, depth, positions, 1, back.dy.row(row), positions, columns, positions, add ? 1 : 0,
           dw, depth);
    }
  if (real* db = options_.bias ? to.at[1] : nullptr) {
    const auto filters = static_cast<std::size_t>(filters_);
    const real* dy = back.dy.row(part.begin);
    back.kernels->normalize.channel_map_gradient(dy, dy, static_cast<std::size_t>(part.count()), filters,
                                                 static_cast<std::size_t>(positions), 0, filters, nullptr, db, to.add);
  }
}

Description Conv2d::describe() const {
  Description description = describe_options("conv2d", options_);
  description.fields.insert(description.fields.begin(), {"filters", text_of(filters_)});
  return description;
}

}  // namespace cambium
