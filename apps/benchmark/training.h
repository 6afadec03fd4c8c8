// A model at work, step after step on one batch after the other: in training, and in use.
#pragma once

#include <string>

#include "apps/benchmark/data.h"
#include "apps/benchmark/workloads.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/optimizers/sgd.h"

namespace benchmark {

// What training and inference share: the batches are made beforehand, so that a step is arithmetic and nothing else.
struct Subject {
  Subject(const Workload& workload, const Norm& norm, int batch, int threads);
  Subject(const Workload& workload, int samples, int count) : Subject(workload, benchmark::norm(workload.norm), samples, count) {}

  std::string name;  // "W7 with batch_norm"
  cambium::Graph graph;
  cambium::Weights weights;
  Data data;
  int batch, threads;
};

// Softmax cross entropy, SGD at rate 0.01 with momentum 0.9.
class Training {
 public:
  // Throws cambium::Error when the model cannot be trained in such batches.
  explicit Training(Subject& subject, cambium::Profile* profile = nullptr);

  // One step on the next batch; returns its loss. Throws cambium::Error when that is not finite.
  double step();
  // Weights, gradients, moments, and all that the plan holds.
  std::size_t bytes() const;

 private:
  Subject& subject_;
  cambium::Plan plan_;
  cambium::Sgd optimizer_;
  cambium::SoftmaxCrossEntropy loss_;
  int next_ = 0;
};

// Forward passes of a plan for use alone, with normalization folded into the layers before it.
class Inference {
 public:
  explicit Inference(Subject& subject, cambium::Profile* profile = nullptr);

  void step();
  std::size_t bytes() const;

 private:
  Subject& subject_;
  cambium::Plan plan_;
  int next_ = 0;
};

}  // namespace benchmark
