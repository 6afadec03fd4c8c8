#include "apps/compare_norms/runner.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "apps/common/signals.h"
#include "apps/compare_norms/training.h"
#include "cambium/framework/base/error.h"

namespace compare_norms {
namespace {

using Clock = std::chrono::steady_clock;

class Workers {
 public:
  Workers(const Outcome& outcome, int threads) : experiment_(outcome.experiment()) {
    const Experiment& experiment = experiment_;
    for (int row = 0; row < static_cast<int>(experiment.rows.size()); ++row)
      for (int column = 0; column < static_cast<int>(experiment.columns.size()); ++column)
        for (int seed = 1; seed <= outcome.seeds(); ++seed) waiting_.push_back({.row = row, .column = column, .seed = seed});
    left_ = waiting_.size();
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      waiting_.clear();
    }
    for (std::thread& thread : threads_) thread.join();
  }

  // The next one that has ended; none when all have, or when the program is told to stop and those at work have ended.
  std::optional<Ended> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ended_.empty() || left_ == 0 || fault_; });
    if (fault_) std::rethrow_exception(fault_);
    if (ended_.empty()) return std::nullopt;
    Ended ended = std::move(ended_.front());
    ended_.pop_front();
    return ended;
  }

 private:
  void work() {
    for (std::optional<Ended> run; (run = take());) {
      bool there = true;
      try {
        run->values = experiment_.run(run->row, run->column, static_cast<std::uint64_t>(run->seed));
      } catch (const Training::Interrupted&) {
        there = false;
      } catch (const cambium::Error& error) {
        run->refused = error.problem();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = std::current_exception();
      }
      give(std::move(*run), there);
    }
  }

  std::optional<Ended> take() {
    const std::lock_guard lock(mutex_);
    if (apps::stopped()) left_ -= waiting_.size(), waiting_.clear(), changed_.notify_all();
    if (waiting_.empty()) return std::nullopt;
    Ended run = std::move(waiting_.front());
    waiting_.pop_front();
    return run;
  }

  void give(Ended run, bool there) {
    const std::lock_guard lock(mutex_);
    run.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    if (there) ended_.push_back(std::move(run));
    --left_;
    changed_.notify_all();
  }

  const Experiment& experiment_;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Ended> waiting_, ended_;
  std::size_t left_ = 0;
  std::exception_ptr fault_;
  std::vector<std::thread> threads_;
};

}  // namespace

void run(Outcome& outcome, int threads, const std::function<void(const Ended&)>& after) {
  Workers workers(outcome, threads);
  while (const std::optional<Ended> ended = workers.next()) {
    if (ended->refused.empty())
      outcome.set(ended->row, ended->column, ended->seed, ended->values);
    else
      outcome.refuse(ended->row, ended->column, ended->seed, ended->refused);
    after(*ended);
  }
}

}  // namespace compare_norms
