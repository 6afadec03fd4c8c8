// A model at work, step after step on one batch after the other: in training, or in use.
#pragma once

#include <string>

#include "apps/benchmark/workloads/data.h"
#include "apps/benchmark/workloads/workloads.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/optimizers/sgd.h"

namespace benchmark {

// The batches are made beforehand, so that a step is arithmetic and nothing else. A step of training is forward pass, softmax cross
// entropy, backward pass and SGD at rate 0.01 with momentum 0.9. In use (Mode::evaluate) it is a forward pass, with normalization
// folded into the layers before it.
class Subject {
 public:
  // Throws cambium::Error when the model cannot be trained in such batches.
  Subject(const Cell& cell, const Norm& norm, cambium::Mode mode, cambium::Profile* profile = nullptr);

  // Returns the loss, in training. Throws cambium::Error when that is not finite.
  double step();
  // Weights, gradients, moments, and all that the plan holds.
  std::size_t bytes() const;
  const cambium::Graph& graph() const { return graph_; }

 private:
  std::string name_;  // "W7 with batch_norm"
  cambium::Mode mode_;
  cambium::Graph graph_;
  cambium::Weights weights_;
  Data data_;
  cambium::Plan plan_;
  cambium::Sgd optimizer_;
  cambium::SoftmaxCrossEntropy loss_;
  int next_ = 0;
};

}  // namespace benchmark
