// Which algorithm runs in which pass: the first that applies. It depends on the convolution and on the instruction set alone.
#include "cambium/framework/kernels/convolution/algorithms.h"

namespace cambium::CAMBIUM_ISA {

namespace {

constexpr const Algorithm* forward_table[] = {&forward_gemm,    &forward_winograd, &forward_winograd_1d,
                                              &forward_shifted, &forward_direct,   &forward_im2col};

// With `mirror` it runs as the forward convolution mirrored(of).
struct TableRow {
  const Algorithm* algorithm;
  bool mirror = false;
};
constexpr TableRow backward_input_table[] = {
    {&backward_gemm},         {&forward_winograd, true}, {&backward_transposed}, {&forward_winograd_1d, true},
    {&forward_shifted, true}, {&forward_direct, true},   {&backward_im2col}};

constexpr const ParamsAlgorithm* backward_params_table[] = {&params_gemm, &params_shifted, &params_direct, &params_im2col};

bool has_mirror(const Convolution& of) {
  const Window& w = of.window;
  return w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height && w.pad_width < w.kernel_width;
}

// An algorithm, and the convolution that it runs.
struct Choice {
  const Algorithm& algorithm;
  Convolution as;
  bool mirror = false;

  Index weights() const { return algorithm.weights(as); }
  Index workspace() const { return algorithm.workspace(as); }
  void pack(const real* w, real* packed) const {
    const Index taps = taps_of(as.window), filter = as.window.channels * taps;
    algorithm.pack(as, mirror ? WeightView{w, taps, as.filters * taps, true} : WeightView{w, filter, taps, false}, packed);
  }
};

// The last row of each table applies to all.
Choice forward_choice(const Convolution& of) {
  const Algorithm* const* row = forward_table;
  while (!(*row)->applies(of)) ++row;
  return {**row, of};
}
Choice backward_input_choice(const Convolution& of) {
  const bool may_mirror = has_mirror(of);
  const Convolution mirror = mirrored(of);
  const TableRow* row = backward_input_table;
  while (!(row->mirror ? may_mirror && row->algorithm->applies(mirror) : row->algorithm->applies(of))) ++row;
  return {*row->algorithm, row->mirror ? mirror : of, row->mirror};
}
const ParamsAlgorithm& backward_params_choice(const Convolution& of) {
  const ParamsAlgorithm* const* row = backward_params_table;
  while (!(*row)->applies(of)) ++row;
  return **row;
}

const char* algorithm(const Convolution& of, Pass pass) {
  return pass == Pass::forward          ? forward_choice(of).algorithm.name
         : pass == Pass::backward_input ? backward_input_choice(of).algorithm.name
                                        : backward_params_choice(of).name;
}

ConvolveKernels::Sizes sizes(const Convolution& of) {
  const Choice there = forward_choice(of), back = backward_input_choice(of);
  const Index forward = there.workspace(), backward = back.workspace(), params = backward_params_choice(of).workspace(of);
  const Index either = forward > backward ? forward : backward;
  return {static_cast<size_t>(there.weights()), static_cast<size_t>(back.weights()),
          static_cast<size_t>(either > params ? either : params)};
}

void pack(const Convolution& of, const real* w, real* for_forward, real* for_backward) {
  if (for_forward) forward_choice(of).pack(w, for_forward);
  if (for_backward) backward_input_choice(of).pack(w, for_backward);
}

void forward(const Convolution& of, const real* x, const real* packed, const real* bias, real* y, int samples, real* workspace) {
  forward_choice(of).algorithm.run(of, x, packed, bias, y, samples, workspace);
}

void backward_input(const Convolution& of, const real* dy, const real* packed, real* dx, int samples, real* workspace) {
  const Choice choice = backward_input_choice(of);
  choice.algorithm.run(choice.as, dy, packed, nullptr, dx, samples, workspace);
}

void backward_params(const Convolution& of, const real* x, const real* dy, real* dw, int samples, bool add, real* workspace) {
  backward_params_choice(of).run(of, x, dy, dw, samples, add, workspace);
}

}  // namespace

Convolution mirrored(const Convolution& of) {
  const Window& w = of.window;
  return {{of.filters, w.out_height, w.out_width, w.kernel_height, w.kernel_width, 1, 1, w.kernel_height - 1 - w.pad_height,
           w.kernel_width - 1 - w.pad_width, w.height, w.width},
          w.channels};
}

extern const ConvolveKernels convolve_kernels;
const ConvolveKernels convolve_kernels = {.algorithm = algorithm,
                                          .sizes = sizes,
                                          .pack = pack,
                                          .forward = forward,
                                          .backward_input = backward_input,
                                          .backward_params = backward_params};

}  // namespace cambium::CAMBIUM_ISA
