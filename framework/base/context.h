// What the calls of a layer are handed to work on. Who may read and write what, and when, is in the table of layer.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/base/slice.h"

namespace cambium {

struct Kernels;

// What moves. train: statistics and controllers move, dropout drops. evaluate: nothing moves. adapt: statistics follow the data
// and the layer normalizes by them, weights stay, there is no backward pass.
enum class Mode { train, evaluate, adapt };
const char* name(Mode mode);

// What both passes see. Parameters and saved buffers are aligned to 64 bytes; nothing overlaps, except as the layer itself allows.
struct Context {
  Mode mode = Mode::evaluate;
  int batch = 0;  // samples in this call, at most Setting::batch
  const Kernels* kernels = nullptr;
  Random random;                      // differs for every layer and every forward pass, the same in the backward pass
  std::uint64_t weights_version = 0;  // another number than before: the weights have moved
  std::span<const ConstView> x;
  std::span<const real* const> params;  // in the order of LayerSpec
  std::span<const double* const> state;
  std::span<double* const> next;   // the state after this step; empty in evaluate mode
  std::span<void* const> buffers;  // of LayerSpec::saved
  std::byte* workspace = nullptr;
  std::size_t workspace_stride = 0;

  template <class T>
  T* saved(int buffer) const {
    return static_cast<T*>(buffers[as_size(buffer)]);
  }
  template <class T>
  T* workspace_of(Slice s) const {
    return reinterpret_cast<T*>(workspace + as_size(s.thread) * workspace_stride);
  }
};

struct Forward : Context {
  View y;  // to be overwritten
};

struct Backward : Context {
  ConstView y;  // valid when LayerSpec::reads_y; and x, when reads_x
  ConstView dy;
  std::span<const View> dx;  // to be overwritten; data is null where it is not needed
};

// Where backward_params writes: one pointer for each parameter, null for a frozen one.
struct Gradients {
  std::span<real* const> at;
  bool add = false;  // add to what is there; else overwrite
};

}  // namespace cambium
