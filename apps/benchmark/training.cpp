#include "apps/benchmark/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"

namespace benchmark {

using namespace cambium;

Training::Training(const Workload& workload, const Norm& norm, int batch, int threads)
    : graph_(workload.model(workload, norm)),
      weights_(graph_),
      plan_(graph_, weights_, {.batch = batch, .mode = Mode::train, .threads = threads}),
      optimizer_({.rate = 0.01, .momentum = 0.9}),
      batch_(batch) {
  const Random values = Random(7).of(1), classes = Random(7).of(2);
  const std::size_t count = batch >= 1024 ? 2 : batch >= 64 ? 4 : 16;
  const std::size_t size = static_cast<std::size_t>(batch) * static_cast<std::size_t>(workload.input.size());
  samples_.assign(count, std::vector<real>(size));
  labels_.assign(count, std::vector<int>(static_cast<std::size_t>(batch)));
  const auto choices = static_cast<std::uint64_t>(workload.classes);
  std::uint64_t drawn = 0;
  for (auto& some : samples_)
    for (real& value : some) value = static_cast<real>(values.uniform(drawn++));
  for (auto& some : labels_)
    for (int& label : some) label = static_cast<int>(classes.below(drawn++, choices));
}

double Training::step() {
  const ConstView x{samples_[next_].data(), graph_.entries()[0].shape, batch_};
  const double loss = loss_.evaluate(plan_.forward(x), labels_[next_], plan_.output_gradient());
  plan_.backward(&optimizer_);
  next_ = (next_ + 1) % samples_.size();
  return loss;
}

double median_step(Training& training, const Protocol& protocol) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const Clock::time_point warm = Clock::now();
  for (int i = 0; i < protocol.warm_steps || seconds_since(warm) < protocol.warm_seconds; ++i) training.step();

  std::vector<double> times;
  double loss = 0;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < protocol.steps || seconds_since(start) < protocol.seconds; ++i) {
    const Clock::time_point before = Clock::now();
    loss = training.step();
    times.push_back(seconds_since(before));
  }
  if (!std::isfinite(loss)) throw Error("the loss is no longer finite, so the time of a step says nothing", "a larger batch");
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace benchmark
