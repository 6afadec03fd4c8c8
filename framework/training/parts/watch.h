// Notices that a training diverges.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

// A training diverges when
//   its weights grow   the norm of a parameter tensor is above 1000 max(1, norm at the start, sqrt(loss at the start)), and the
//                      loss is not below half of where it began; or above 1e12 times that, whatever the loss
//   its loss stays up  n consecutive stretches of at least 64 samples, n at least 16, all have a mean loss above (1 + 48 / n) times
//                      that of the start: four times after 16 of them, a twentieth more after 1000
// The start is the mean loss of the first 64 samples before anything is learnt, in the first training of these weights on this data
// set: training epoch by epoch is one training. Where it is 0, the first stretch that has lost something. The root of the loss is
// there for values of any scale: a net that has to reach a million needs a weight of a million.
// Norms are taken at steps 16, 32, 64, ..., at ends of epochs that are 64 steps apart, and at the end of each call, so they cost
// nothing to speak of; the loss costs a few operations a step. Nothing allocates until there is something to tell, which is once
// for each training.
class Watch {
 public:
  static constexpr int enough = 64;  // samples of a stretch
  explicit Watch(const Weights& weights);
  bool knows(const Dataset& data) const { return data.id() == data_; }  // its start
  void begin(const Dataset& data, double start);                        // a call of fit; `start` counts where it knows none

  // All but which data set it is, which another process cannot know: after `begin` with that.
  void state_dict(StateDict& dict);

  // After a step, with its mean loss. What to tell, mostly nothing.
  std::string step(const Weights& weights, double loss, int samples);
  std::string end_of_epoch(const Weights& weights);
  std::string end_of_call(const Weights& weights);

  // "dense_2.weight has grown most, from a norm of 0.8 to 4.1e5"
  std::string growth(const Weights& weights) const;
  bool has_grown(const Weights& weights) const;  // tenfold, some tensor

 private:
  std::string check_norms(const Weights& weights);
  std::string judge_loss(const Weights& weights);
  struct Growth {
    std::size_t tensor = 0;
    double norm = 0, factor = 0;
  };
  Growth fastest(const Weights& weights) const;

  std::vector<double> norms_;         // at the start
  std::uint64_t data_ = 0;            // Dataset::id of the one that start_ belongs to
  double start_ = 0, last_ = 0;       // mean loss of the first stretch, and of the last whole one
  double sum_ = 0;                    // of this stretch
  long samples_ = 0, stretches_ = 0;  // in this stretch; since the start
  long above_ = 0;                    // stretches in a row that lie above the start
  double lowest_ = 0;                 // of those
  long steps_ = 0, checked_ = 0, next_check_ = 0;
  bool told_ = false;
};

}  // namespace cambium
