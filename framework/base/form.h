// What a layer computes, in a small closed vocabulary, so that the plan can fuse, fold, count and export without knowing layers.
//
// A layer that says nothing is Opaque: it works everywhere, on its own.
#pragma once

#include <variant>

namespace cambium::form {

struct Opaque {};

// y holds the same values as x in the same order under another shape; nothing is computed.
struct Reshape {};

// y = f(x), value by value.
struct Pointwise {
  enum class Function { relu, tanh, logistic } function;
};

// y = gamma_c x + beta_c per channel. The parameters are gamma, beta, as many as are present, in this order.
struct ChannelMap {
  bool gamma, beta;
};

// A map per channel, once or for every sample, which Statistics::merge leaves in saved buffer 0 as a SavedMap, and merge_back its
// SavedPulls in buffer 1 (base/saved_map.h). `partial_back` finds, per channel, the sums of g and of g * xhat, in the order of
// NormalizeKernels::back_moments.
//
// Or, with a Recurrence (`recurs`): `recur` leaves xhat itself in buffer 0, value by value, and `forward` hands it on.
struct Normalize {
  static constexpr int map_buffer = 0, pulls_buffer = 1, xhat_buffer = 0;
  int channels, spatial;
  bool per_sample;
  bool recurs = false;
};

// Dense and Conv: the parameters are W and, where there is one, b; `forward` adds a b that it is handed, even where it has none of
// its own.
// y = x W^T + b, W (outputs, inputs).
struct Dense {
  int inputs, outputs;
  bool bias;
};

// Cross-correlation with W (filters, channels, kernel height, kernel width), in whatever steps and between whatever borders.
struct Conv {
  int filters, kernel_height, kernel_width;
  bool bias;
};

// The largest value of each window, of values of one channel.
struct MaxPool {};

}  // namespace cambium::form

namespace cambium {

using Form = std::variant<form::Opaque, form::Reshape, form::Pointwise, form::ChannelMap, form::Normalize, form::Dense, form::Conv,
                          form::MaxPool>;

}  // namespace cambium
