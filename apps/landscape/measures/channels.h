// Deep networks of rectifiers compute almost a constant at their start.
//
// Page 2019, "How to Train Your ResNet 7: Batch Norm", "deep networks and constant functions". By the law of total variance the
// values of a layer's channels, all together, vary within channels and between their means:
//   share within = mean_c var_c / (mean_c var_c + var_c mean_c)
// Behind a rectifier every channel has a mean, which the next layer passes on to all of its channels. Layer by layer the total
// stays (He et al. 2015 start so), but it moves from within the channels to between them: each becomes a constant of its own,
// whatever the input. Without rectifiers it does not, and behind batch norm it cannot.
#pragma once

#include <vector>

#include "apps/landscape/net.h"
#include "apps/landscape/networks.h"

namespace landscape {

struct Channels {
  Vector share;                  // [layer - 1], before the nonlinearity
  Vector total;                  // variance of all values
  std::vector<Net::Node> nodes;  // of the last layer
};

struct ChannelsOptions {
  Layers layers = {.depth = 50, .classes = 0};
  int inputs = 100;  // normal numbers
  int batch = 256;
  std::uint64_t seed = 1;
};

Channels channels(Norm norm, const ChannelsOptions& options);

}  // namespace landscape
