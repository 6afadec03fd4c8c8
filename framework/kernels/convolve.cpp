// Direct convolution for the many, and for the rest the product of the weights with columns: all that lies under each window.
#include "cambium/framework/kernels/convolve.h"

#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
#include "cambium/framework/kernels/convolve_flat.h"
#include "cambium/framework/kernels/convolve_rows.h"
#include "cambium/framework/kernels/convolve_winograd.h"
#include "cambium/framework/kernels/matrix.h"

namespace cambium::CAMBIUM_ISA {

extern const MatrixKernels matrix_kernels;
extern const WindowKernels window_kernels;

namespace {

// As a matrix product: y (filters, positions) = w (filters, depth) columns (depth, positions).
struct Columns {
  int depth, positions;
  bool plain;  // a 1x1 kernel that skips nothing: x itself is the columns
  Index x, y;  // from one sample to the next

  explicit Columns(const Convolution& of) {
    const Window& w = of.window;
    depth = w.channels * w.kernel_height * w.kernel_width;
    positions = w.out_height * w.out_width;
    plain = w.kernel_height == 1 && w.kernel_width == 1 && w.stride_height == 1 && w.stride_width == 1 && w.pad_height == 0 &&
            w.pad_width == 0;
    x = static_cast<Index>(w.channels) * w.height * w.width;
    y = static_cast<Index>(of.filters) * positions;
  }
};

// What a pass runs on: the product with columns, or one of the ways of its header. Backward may be a forward convolution, mirrored.
enum class Way { columns, backward, direct, flat, winograd, rows };

// The ways of forward, each by the functions of its header.
struct ForwardWay {
  Index (*weights)(const Convolution& of);
  Index (*scratch)(const Convolution& of);
  void (*arrange)(const Convolution& of, const real* w, bool mirror, real* arranged);
  void (*run)(const Convolution& of, const real* x, const real* arranged, const real* bias, real* y, int samples, real* scratch);
};
constexpr ForwardWay forward_ways[] = {{direct_weights, direct_scratch, arrange_direct, forward_direct},
                                       {flat_weights, flat_scratch, arrange_flat, forward_flat},
                                       {winograd_weights, winograd_scratch, arrange_winograd, forward_winograd},
                                       {rows_weights, rows_scratch, arrange_rows, forward_rows}};
const ForwardWay* find(Way way) {  // null for the two others
  return way < Way::direct ? nullptr : &forward_ways[static_cast<int>(way) - static_cast<int>(Way::direct)];
}

Way forward_way(const Convolution& of) {
  if (Columns(of).plain) return Way::columns;  // a matrix product as it stands
  if (is_winograd(of)) return Way::winograd;
  if (is_rows(of)) return Way::rows;
  return is_flat(of) ? Way::flat : is_direct(of) ? Way::direct : Way::columns;
}
Way backward_way(const Convolution& of) {
  if (Columns(of).plain) return Way::columns;
  if (has_mirror(of) && is_winograd(mirrored(of))) return Way::winograd;
  return has_direct_backward(of) ? Way::backward : has_mirror(of) ? forward_way(mirrored(of)) : Way::columns;
}
Way gradient_way(const Convolution& of) {
  if (Columns(of).plain) return Way::columns;
  return has_flat_gradient(of) ? Way::flat : has_direct_gradient(of) ? Way::direct : Way::columns;
}

Index columns_scratch(const Convolution& of) {
  const Columns c(of);
  return c.plain ? 0 : static_cast<Index>(c.depth) * c.positions;
}
// Of a pass that is the forward convolution `as`, unless it is backward's own way, or that of the columns, on `of`.
Index weights(const Convolution& of, Way way, const Convolution& as) {
  if (const ForwardWay* found = find(way)) return found->weights(as);
  return way == Way::backward ? direct_backward_weights(of) : static_cast<Index>(of.filters) * Columns(of).depth;
}
Index scratch(const Convolution& of, Way way, const Convolution& as) {
  if (const ForwardWay* found = find(way)) return found->scratch(as);
  return way == Way::backward ? direct_backward_scratch(of) : columns_scratch(of);
}

ConvolveKernels::Sizes sizes(const Convolution& of) {
  const Way there = forward_way(of), back = backward_way(of);
  const Convolution mirror = mirrored(of);
  const Index forward = scratch(of, there, of), backward = scratch(of, back, mirror);
  const Way way = gradient_way(of);
  const Index gradient = way == Way::flat     ? flat_gradient_scratch(of)
                         : way == Way::direct ? direct_gradient_scratch(of)
                                              : columns_scratch(of);
  const Index either = forward > backward ? forward : backward;
  return {static_cast<std::size_t>(weights(of, there, of)), static_cast<std::size_t>(weights(of, back, mirror)),
          static_cast<std::size_t>(either > gradient ? either : gradient)};
}

void arrange_one(const Convolution& of, const real* w, Way way, bool mirror, real* to) {
  if (const ForwardWay* found = find(way))
    found->arrange(of, w, mirror, to);
  else if (way == Way::backward)
    arrange_direct_backward(of, w, to);
  else
    memcpy(to, w, static_cast<std::size_t>(weights(of, way, of)) * sizeof(real));
}

void arrange(const Convolution& of, const real* w, real* for_forward, real* for_backward) {
  if (for_forward) arrange_one(of, w, forward_way(of), false, for_forward);
  if (for_backward) arrange_one(of, w, backward_way(of), true, for_backward);
}

void forward(const Convolution& of, const real* x, const real* w, const real* bias, real* y, int samples, real* scratch) {
  if (const ForwardWay* found = find(forward_way(of))) return found->run(of, x, w, bias, y, samples, scratch);
  const Columns c(of);
  for (int s = 0; s < samples; ++s, x += c.x, y += c.y) {
    if (!c.plain) window_kernels.gather_columns(x, of.window, scratch);
    matrix_kernels.multiply(Op::plain, Op::plain, of.filters, c.positions, c.depth, w, c.depth, c.plain ? x : scratch, c.positions,
                            false, y, c.positions);
    for (Index f = 0; bias && f < of.filters; ++f)
      for (Index i = 0; i < c.positions; ++i) y[f * c.positions + i] += bias[f];
  }
}

void backward(const Convolution& of, const real* dy, const real* w, real* dx, int samples, real* scratch) {
  const Way way = backward_way(of);
  if (way == Way::backward) return backward_direct(of, dy, w, dx, samples, scratch);
  if (const ForwardWay* found = find(way)) return found->run(mirrored(of), dy, w, nullptr, dx, samples, scratch);
  const Columns c(of);
  for (int s = 0; s < samples; ++s, dx += c.x, dy += c.y) {
    matrix_kernels.multiply(Op::transposed, Op::plain, c.depth, c.positions, of.filters, w, c.depth, dy, c.positions, false,
                            c.plain ? dx : scratch, c.positions);
    if (!c.plain) window_kernels.scatter_columns(scratch, of.window, dx);
  }
}

void gradient(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch) {
  const Way way = gradient_way(of);
  if (way == Way::flat) return gradient_flat(of, x, dy, dw, samples, add, scratch);
  if (way == Way::direct) return gradient_direct(of, x, dy, dw, samples, add, scratch);
  const Columns c(of);
  for (int s = 0; s < samples; ++s, x += c.x, dy += c.y) {
    if (!c.plain) window_kernels.gather_columns(x, of.window, scratch);
    matrix_kernels.multiply(Op::plain, Op::transposed, of.filters, c.depth, c.positions, dy, c.positions, c.plain ? x : scratch,
                            c.positions, add || s > 0, dw, c.depth);
  }
}

}  // namespace

extern const ConvolveKernels convolve_kernels;
const ConvolveKernels convolve_kernels = {
    .sizes = sizes, .arrange = arrange, .forward = forward, .backward = backward, .gradient = gradient};

}  // namespace cambium::CAMBIUM_ISA
