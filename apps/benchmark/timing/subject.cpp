#include "apps/benchmark/timing/subject.h"

#include <cmath>

#include "cambium/framework/base/error.h"

namespace benchmark {

using namespace cambium;

Subject::Subject(const Cell& cell, const Norm& norm, Mode mode, Profile* profile)
    : name_(cell.workload + " with " + norm.name),
      mode_(mode),
      graph_(workload(cell.workload).model(norm)),
      weights_(graph_),
      data_(workload(cell.workload).input, workload(cell.workload).classes, cell.batch),
      plan_(graph_, weights_,
            {.batch = cell.batch, .mode = mode, .threads = cell.threads, .fold = mode == Mode::evaluate, .profile = profile}),
      optimizer_({.rate = 0.01, .momentum = 0.9}) {}

double Subject::step() {
  const int batch = next_;
  next_ = (next_ + 1) % data_.batches();
  const auto outputs = plan_.forward(data_.samples(batch));
  if (mode_ != Mode::train) return 0;
  const double loss = loss_.evaluate(outputs, data_.labels(batch), plan_.output_gradient());
  if (!std::isfinite(loss))
    throw Error("the loss of " + name_ + " is no longer finite, so the time of a step says nothing", "a larger batch");
  plan_.backward(&optimizer_);
  return loss;
}

std::size_t Subject::bytes() const {
  const bool trains = mode_ == Mode::train;
  return plan_.bytes() + (trains ? 3 : 1) * weights_.block().size_bytes() +  // weight, gradient, velocity
         (trains ? 2 : 1) * weights_.state_block().size_bytes();
}

}  // namespace benchmark
