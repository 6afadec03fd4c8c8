// A network of rectifiers as it is at one point: each stays open or shut for each sample, wherever the weights go.
#pragma once

#include <vector>

#include "apps/landscape/net.h"

namespace landscape {

// The loss of rectifiers has a Hessian almost everywhere, but no step is so small that none of a million rectifiers opens or shuts
// on it, where the gradient jumps: quotients of differences grow without bound as their step shrinks. This network has the same
// loss, gradient and Hessian at the point where it was made, and no jumps. Without rectifiers it is the network itself.
class HeldNet {
 public:
  HeldNet(const Net& net, const Samples& samples);
  HeldNet(const HeldNet&) = delete;
  HeldNet& operator=(const HeldNet&) = delete;

  double gradient(const Vector& point, Vector& to);  // on the samples

 private:
  const Samples& samples_;
  cambium::Graph graph_;
  cambium::Weights weights_;
  cambium::Plan plan_;
  std::vector<std::vector<cambium::real>> gates_;  // what came into each rectifier
  std::vector<cambium::ConstView> inputs_;         // of the model: the samples, and these
};

}  // namespace landscape
