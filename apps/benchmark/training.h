// One training of a workload, step after step, and how long a step takes.
#pragma once

#include <vector>

#include "apps/benchmark/workloads.h"
#include "cambium/framework/graph/plan.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/optimizers/sgd.h"

namespace benchmark {

// Random samples and labels, softmax cross entropy, SGD at rate 0.01 with momentum 0.9. The batches, 2 to 16 of them, are made
// beforehand, so that a step is the arithmetic of training and nothing else.
class Training {
 public:
  // Throws cambium::Error when the norm cannot be trained in such batches.
  Training(const Workload& workload, const Norm& norm, int batch, int threads);

  // One step on the next batch; returns its loss.
  double step();

 private:
  cambium::Graph graph_;
  cambium::Weights weights_;
  cambium::Plan plan_;
  cambium::Sgd optimizer_;
  cambium::SoftmaxCrossEntropy loss_;
  std::vector<std::vector<cambium::real>> samples_;
  std::vector<std::vector<int>> labels_;
  std::size_t next_ = 0;
  int batch_;
};

// Steps are run first for so many seconds and so many times without being timed, and then, each timed by itself, for at least so
// many seconds and so many times.
struct Protocol {
  double warm_seconds = 0.15;
  int warm_steps = 3;
  double seconds = 0.4;
  int steps = 5;
};

// The median time of a step, in seconds. Throws cambium::Error when the loss stops being finite.
double median_step(Training& training, const Protocol& protocol);

}  // namespace benchmark
