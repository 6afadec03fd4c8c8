// How a graph is to be run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/base/context.h"
#include "cambium/framework/base/thread_pool.h"

namespace cambium {

class Profile;

// `fold`, for inference. A Dense or Conv layer, the normalization with one statistic per output that alone reads it, and the
// channel map that alone reads that, or one of the two, become one linear layer, unless one is observed or an output lies between.
// The plan keeps its weights for itself: those of `Weights`, and so the saved model, stay as they are. They are folded anew in the
// first forward pass after weights or state have moved (Weights::changes), so one may evaluate between steps of a training.
// What it costs: y = a x + b in place of ((x - mean) rstd) gamma + beta, so offsets no longer cancel before they are rounded, and
// the result is off by about the rounding of `real` times gamma (|W| |x| + |mean|) rstd: mostly 1e-6. A constant that the exact
// form turns into 0 gives some 1e-5 where the mean is a hundred deviations; with a million, hardly a digit is left.
struct PlanOptions {
  int batch = 1;  // the largest; a call may bring fewer samples
  Mode mode = Mode::evaluate;
  int threads = 1;                     // 0: one for each available processor; changes no bit of any result
  std::vector<std::string> observe{};  // layers to look into: their tensors are kept, nothing is fused across them
  std::string start{}, stop{};         // a pass that begins at this layer's input, and ends at that layer's output
  bool input_gradient = false;         // also the gradient of the model's inputs
  bool backward = false;               // a backward pass in evaluate mode too, statistics held; in train mode there always is one
  bool fuse = true;
  bool fold = false;                           // in evaluate mode: normalization becomes part of the linear layer before it
  std::shared_ptr<ThreadPool> pool = nullptr;  // shared with other plans; replaces `threads`
  bool retain_gradients = false;               // backward(&optimizer) leaves every gradient in Weights
  Profile* profile = nullptr;                  // takes down the time of every pass (profile.h); must outlive the plan
};

}  // namespace cambium
