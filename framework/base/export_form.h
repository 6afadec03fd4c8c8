// What a layer computes that a plan need not know, and files for other programs do (framework/export): the rest of the vocabulary
// of base/form.h.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "cambium/framework/kernels/window.h"

namespace cambium::form {

// Where the windows of a Conv or a MaxPool stand. There are zeros around a Conv's image; around a MaxPool's is nothing that wins.
struct Windows {
  Window window;
};

// In evaluate mode, y = xhat by a SavedMap of so many channels that `merge` leaves in buffer 0, as Normalize does; then cut at
// +-bound, where that is above 0.
struct HeldMap {
  int channels;
  double bound = 0;
};

// Of the same x so many HeldMaps, each cut at its own bound, and their outputs one behind the other, as their maps are in buffer 0.
struct HeldMaps {
  int channels;  // of each
  std::vector<double> bounds;
};

// A ChannelMap where a channel is one of so many equal runs of the sample: as usual, each value by itself, or all of them.
struct RunMap {
  int channels;
  bool gamma, beta;
};

// Each sample by itself, over the n values of each group, which lie one after the other:
//   centred: y = (x - mean) / sqrt(mean of (x - mean)^2 + epsilon); else y = x / sqrt(mean of x^2 + epsilon).
struct SampleNorm {
  int groups;
  bool centred;
  double epsilon;
};

// y = x between -bound and bound, else the nearer of them.
struct Clip {
  double bound;
};

// Of several inputs: x_0 + x_1 + ..., x_0 - x_1, or all of them side by side, channel after channel.
struct Join {
  enum class How { sum, difference, channels } how;
};

// The mean of each channel, over all of its positions.
struct ChannelMean {};

// Channels of zeros behind those of x.
struct PadChannels {};

}  // namespace cambium::form

namespace cambium {

// In a header of its own, since whoever includes a layer would pay for it.
struct ExportForm {
  std::variant<form::Windows, form::HeldMap, form::HeldMaps, form::RunMap, form::SampleNorm, form::Clip, form::Join,
               form::ChannelMean, form::PadChannels>
      what;
};

// For LayerSpec::exported.
template <class What>
std::shared_ptr<const ExportForm> exported(What what) {
  return std::make_shared<const ExportForm>(ExportForm{what});
}

}  // namespace cambium
