// Convolution as a matrix product, with all that lies under each window as a column of a matrix:
//
//   y (filters, positions) = w (filters, depth) columns (depth, positions)
//
// gemm     a 1x1 kernel that skips nothing: x itself is the columns
// im2col   the columns are gathered first, which any convolution can do
#include <string.h>

#include "cambium/framework/kernels/convolution/algorithms.h"
#include "cambium/framework/kernels/matrix.h"

namespace cambium::CAMBIUM_ISA {

extern const MatrixKernels matrix_kernels;
extern const WindowKernels window_kernels;

namespace {

int depth_of(const Convolution& of) { return of.window.channels * static_cast<int>(taps_of(of.window)); }
int positions_of(const Convolution& of) { return static_cast<int>(plane_out(of.window)); }

bool is_gemm(const Convolution& of) {
  const Window& w = of.window;
  return w.kernel_height == 1 && w.kernel_width == 1 && w.stride_height == 1 && w.stride_width == 1 && w.pad_height == 0 &&
         w.pad_width == 0;
}
bool always(const Convolution&) { return true; }

Index columns(const Convolution& of) { return depth_of(of) * plane_out(of.window); }
Index none(const Convolution&) { return 0; }

void pack(const Convolution& of, WeightView w, real* packed) {
  memcpy(packed, w.values, static_cast<size_t>(weights_of(of)) * sizeof(real));
}

template <bool gather>
void forward(const Convolution& of, const real* x, const real* w, const real* bias, real* y, int samples, real* workspace) {
  const int depth = depth_of(of), positions = positions_of(of);
  for (int s = 0; s < samples; ++s, x += image_in(of), y += image_out(of)) {
    if (gather) window_kernels.im2col(x, of.window, workspace);
    matrix_kernels.multiply(of.filters, positions, depth, {w, depth}, {gather ? workspace : x, positions}, false, y, positions);
    for (Index f = 0; bias && f < of.filters; ++f)
      for (Index i = 0; i < positions; ++i) y[f * positions + i] += bias[f];
  }
}

template <bool gather>
void backward_input(const Convolution& of, const real* dy, const real* w, const real*, real* dx, int samples, real* workspace) {
  const int depth = depth_of(of), positions = positions_of(of);
  for (int s = 0; s < samples; ++s, dx += image_in(of), dy += image_out(of)) {
    matrix_kernels.multiply(depth, positions, of.filters, {w, depth, Op::transposed}, {dy, positions}, false,
                            gather ? workspace : dx, positions);
    if (gather) window_kernels.col2im(workspace, of.window, dx);
  }
}

template <bool gather>
void backward_params(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace) {
  const int depth = depth_of(of), positions = positions_of(of);
  for (int s = 0; s < samples; ++s, x += image_in(of), dy += image_out(of)) {
    if (gather) window_kernels.im2col(x, of.window, workspace);
    matrix_kernels.multiply(of.filters, depth, positions, {dy, positions}, {gather ? workspace : x, positions, Op::transposed},
                            add || s > 0, dw, depth);
  }
}

}  // namespace

const Algorithm forward_gemm = {"gemm", is_gemm, weights_of, none, pack, forward<false>};
const Algorithm backward_gemm = {"gemm", is_gemm, weights_of, none, pack, backward_input<false>};
const ParamsAlgorithm params_gemm = {"gemm", is_gemm, none, backward_params<false>};
const Algorithm forward_im2col = {"im2col", always, weights_of, columns, pack, forward<true>};
const Algorithm backward_im2col = {"im2col", always, weights_of, columns, pack, backward_input<true>};
const ParamsAlgorithm params_im2col = {"im2col", always, columns, backward_params<true>};

}  // namespace cambium::CAMBIUM_ISA
