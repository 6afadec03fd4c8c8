// Direct convolution for the many, and for the rest the product of the weights with columns: all that lies under each window.
#include "cambium/framework/kernels/convolve.h"

#include <string.h>

#include "cambium/framework/kernels/convolve_direct.h"
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

// What each pass runs on. A 1x1 kernel that skips nothing is a matrix product as it stands.
struct Choice {
  bool forward, backward, mirror, gradient;  // directly; backward in one of two ways
  explicit Choice(const Convolution& of) {
    const bool plain = Columns(of).plain;
    forward = !plain && is_direct(of);
    backward = !plain && has_direct_backward(of);
    mirror = !plain && !backward && has_direct_mirror(of);
    gradient = !plain && has_direct_gradient(of);
  }
};

ConvolveKernels::Sizes sizes(const Convolution& of) {
  const Columns c(of);
  const Choice direct(of);
  const Index columns = c.plain ? 0 : static_cast<Index>(c.depth) * c.positions;
  const Index forward = direct.forward ? direct_scratch(of) : columns;
  const Index backward = direct.backward ? direct_backward_scratch(of) : direct.mirror ? direct_scratch(mirrored(of)) : columns;
  const Index gradient = direct.gradient ? direct_gradient_scratch(of) : columns;
  const Index either = forward > backward ? forward : backward;
  const Index all = static_cast<Index>(of.filters) * c.depth;
  return {static_cast<std::size_t>(direct.forward ? direct_weights(of) : all),
          static_cast<std::size_t>(direct.backward ? direct_backward_weights(of)
                                   : direct.mirror ? direct_weights(mirrored(of))
                                                   : all),
          static_cast<std::size_t>(either > gradient ? either : gradient)};
}

void arrange(const Convolution& of, const real* w, real* for_forward, real* for_backward) {
  const Choice direct(of);
  const std::size_t bytes = static_cast<std::size_t>(of.filters) * static_cast<std::size_t>(Columns(of).depth) * sizeof(real);
  if (for_forward && direct.forward)
    arrange_direct(of, w, false, for_forward);
  else if (for_forward)
    memcpy(for_forward, w, bytes);
  if (for_backward && direct.backward)
    arrange_direct_backward(of, w, for_backward);
  else if (for_backward && direct.mirror)
    arrange_direct(of, w, true, for_backward);
  else if (for_backward)
    memcpy(for_backward, w, bytes);
}

void forward(const Convolution& of, const real* x, const real* w, const real* bias, real* y, int samples, real* scratch) {
  if (Choice(of).forward) return forward_direct(of, x, w, bias, y, samples, scratch);
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
  const Choice direct(of);
  if (direct.backward) return backward_direct(of, dy, w, dx, samples, scratch);
  if (direct.mirror) return forward_direct(mirrored(of), dy, w, nullptr, dx, samples, scratch);
  const Columns c(of);
  for (int s = 0; s < samples; ++s, dx += c.x, dy += c.y) {
    matrix_kernels.multiply(Op::transposed, Op::plain, c.depth, c.positions, of.filters, w, c.depth, dy, c.positions, false,
                            c.plain ? dx : scratch, c.positions);
    if (!c.plain) window_kernels.scatter_columns(scratch, of.window, dx);
  }
}

void gradient(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* scratch) {
  if (Choice(of).gradient) return gradient_direct(of, x, dy, dw, samples, add, scratch);
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
