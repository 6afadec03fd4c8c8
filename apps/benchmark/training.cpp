#include "apps/benchmark/training.h"

#include <cmath>

#include "cambium/framework/base/error.h"

namespace benchmark {

using namespace cambium;

namespace {

PlanOptions options_for(const Subject& subject, Mode mode, Profile* profile) {
  return {.batch = subject.batch, .mode = mode, .threads = subject.threads, .fold = mode == Mode::evaluate, .profile = profile};
}

}  // namespace

Subject::Subject(const Workload& workload, const Norm& norm, int the_batch, int the_threads)
    : name(workload.name + " with " + norm.name),
      graph(workload.model(norm)),
      weights(graph),
      data(workload.input, workload.classes, the_batch),
      batch(the_batch),
      threads(the_threads) {}

Training::Training(Subject& subject, Profile* profile)
    : subject_(subject),
      plan_(subject.graph, subject.weights, options_for(subject, Mode::train, profile)),
      optimizer_({.rate = 0.01, .momentum = 0.9}) {}

double Training::step() {
  const double loss =
      loss_.evaluate(plan_.forward(subject_.data.samples(next_)), subject_.data.labels(next_), plan_.output_gradient());
  if (!std::isfinite(loss))
    throw Error("the loss of " + subject_.name + " is no longer finite, so the time of a step says nothing", "a larger batch");
  plan_.backward(&optimizer_);
  next_ = (next_ + 1) % subject_.data.batches();
  return loss;
}

std::size_t Training::bytes() const {
  const Weights& weights = subject_.weights;
  return plan_.bytes() + 3 * weights.block().size_bytes() + 2 * weights.state_block().size_bytes();  // weight, gradient, velocity
}

Inference::Inference(Subject& subject, Profile* profile)
    : subject_(subject), plan_(subject.graph, subject.weights, options_for(subject, Mode::evaluate, profile)) {}

void Inference::step() {
  plan_.forward(subject_.data.samples(next_));
  next_ = (next_ + 1) % subject_.data.batches();
}

std::size_t Inference::bytes() const {
  const Weights& weights = subject_.weights;
  return plan_.bytes() + weights.block().size_bytes() + weights.state_block().size_bytes();
}

}  // namespace benchmark
