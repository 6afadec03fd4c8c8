// The layer contract: what a layer declares, and what it may read and write in a pass.
//
// A layer is a value without memory. It says once, in `plan`, what it needs; the plan of the whole graph then owns every buffer
// and hands them in. All calls are const and may run on disjoint slices of one batch at the same time.
//
// A training step makes these calls, in this order; those in brackets only of layers that have the ability (abilities.h).
// Of each field a call sees: `-` nothing, `s` its slice, `b` the whole batch; `w` after it: it writes there.
//
//     call               for            x    y    dy   dx   saved  next
//   [ pack               the weights    -    -    -    -    w      -   ]
//   [ partial            a slice        s    -    -    -    -      -   ]
//   [ merge              once           b    -    -    -    w      w   ]
//   [ recur              some channels  b    -    -    -    w      w   ]
//     forward            a slice        s    s w  -    -    s w    -
//   ... later layers, the loss, and back; there x is to be seen only with reads_x, and y with reads_y ...
//   [ partial_back       a slice        s    s    s    -    s      -   ]
//   [ merge_back         once           b    b    b    -    w      w   ]
//   [ recur_back         some channels  b    b    b    b w  w      w   ]  in place of backward_input
//     backward_params    a slice        s    s    s    -    s      -      not called when there are none, or all are frozen
//     backward_params    some outputs   b    b    b    -    b      -      with LayerSpec::param_outputs; after backward_input,
//                                                                         but before it where that writes over dy
//     backward_input     a slice        s    s    s    s w  s      -      not called where dx is not needed
//
// A new layer is three files: relu.h and relu.cpp in layers/activation, and tests/layers/test_relu.cpp, which calls check_layer.
#pragma once

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/layer_spec.h"

namespace cambium {

class Layer {
 public:
  virtual ~Layer() = default;

  // Pure: the same setting gives the same spec. Throws Error for inputs it cannot take.
  virtual LayerSpec plan(const Setting& setting) const = 0;

  // y of these samples from x.
  virtual void forward(const Forward& ctx, Slice samples) const noexcept = 0;

  // dx of these samples from dy. dx[k].data may be null where there are several inputs.
  virtual void backward_input(const Backward& ctx, Slice samples) const noexcept = 0;

  // The gradients of the parameters, for a slice of samples; or for a slice of outputs over all samples: LayerSpec::param_outputs.
  virtual void backward_params(const Backward&, Slice /*samples or outputs*/, Gradients) const noexcept {}

  // The name of the kind, and its options: "conv2d (filters 16, kernel 5)".
  virtual Description describe() const = 0;

 protected:
  Layer() = default;
  Layer(const Layer&) = default;
  Layer& operator=(const Layer&) = default;
};

// Throws unless there is exactly one input; returns its shape.
const Shape& only_input(const Setting& setting);
// Throws unless there is exactly one input of (channels, height, width); returns its shape.
const Shape& only_image(const Setting& setting);

}  // namespace cambium
