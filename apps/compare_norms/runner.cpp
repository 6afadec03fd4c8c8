#include "apps/compare_norms/runner.h"

#include <cstddef>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "apps/common/clock.h"
#include "apps/common/signals.h"
#include "apps/compare_norms/training.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/thread_pool.h"

namespace compare_norms {
namespace {

std::vector<Ended> runs_of(const Outcome& outcome) {
  const Experiment& one = outcome.experiment();
  std::vector<Ended> runs;
  for (int row = 0; row < static_cast<int>(one.rows.size()); ++row)
    for (int column = 0; column < static_cast<int>(one.columns.size()); ++column)
      for (int seed = 1; seed <= outcome.seeds(); ++seed) runs.push_back({.row = row, .column = column, .seed = seed});
  return runs;
}

// One training. False when the program was told to stop in the middle of it.
bool train(const Experiment& experiment, Ended& run) {
  try {
    run.values = experiment.run(run.row, run.column, static_cast<std::uint64_t>(run.seed));
  } catch (const Training::Interrupted&) {
    return false;
  } catch (const cambium::Error& error) {
    run.refused = error.problem();
  }
  return true;
}

void set(Outcome& outcome, const Ended& run) {
  if (run.refused.empty())
    outcome.set(run.row, run.column, run.seed, run.values);
  else
    outcome.refuse(run.row, run.column, run.seed, run.refused);
}

}  // namespace

void run(Outcome& outcome, int threads, const std::function<void(const Ended&)>& after) {
  std::vector<Ended> runs = runs_of(outcome);
  const double start = apps::now();
  std::mutex mutex;  // of all that follows, and of the outcome
  std::size_t begun = 0;
  std::exception_ptr fault;
  const auto next = [&]() -> Ended* {
    const std::lock_guard lock(mutex);
    return begun < runs.size() && !fault && !apps::stopped() ? &runs[begun++] : nullptr;
  };
  const auto work = [&](int, int) {
    while (Ended* const one = next()) {
      try {
        if (!train(outcome.experiment(), *one)) continue;
        one->seconds = apps::now() - start;
        const std::lock_guard lock(mutex);
        set(outcome, *one), after(*one);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
      }
    }
  };
  cambium::ThreadPool pool(threads);
  pool.run(pool.count(), work);  // a slice for each thread, which takes run after run
  if (fault) std::rethrow_exception(fault);
}

}  // namespace compare_norms
