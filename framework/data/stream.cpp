#include "cambium/framework/data/stream.h"

#include <fmt/format.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/data/parts/gatherer.h"

namespace cambium {

// Two groups of batches: the caller has one, while a thread fills the other. A group is more than one batch where batches are
// small, because waking a thread costs more than gathering a few samples. Without a thread the caller gathers one batch at a time.
struct Stream::Engine {
  Engine(const Dataset& set, const StreamOptions& options);
  ~Engine();

  static std::size_t bytes_needed(const Dataset& set, const StreamOptions& options);

  void start(int epoch, std::int64_t batch);
  const Batch* next();

  const Dataset& dataset;
  Gatherer gatherer;
  InUse in_use;
  int epoch = 0;
  bool untouched = true;  // since this epoch was started

 private:
  static constexpr std::uint64_t groups = 2;
  static int group_size(const BatchSizes& sizes, std::int64_t batches);
  int group_of(std::uint64_t number) const { return static_cast<int>(number % groups); }
  void fill_groups();
  bool next_group();
  void leave_dead_thread();

  const unsigned home_ = forks();
  bool alone_ = false;  // the child of a fork, which has learnt it

  int group_size_ = 1;                // in batches
  std::int64_t position_ = 0;         // in the epoch, of the batch that the caller gets next
  int first_ = 0, at_ = 0, end_ = 0;  // the caller's group: where its frames start, the next of them, and how many there are
  bool holding_ = false;              // the caller has a group of the thread's

  std::mutex mutex_;  // guards what follows; and a group, and the gatherer, belong to whom these say
  std::condition_variable changed_;
  std::uint64_t filled_ = 0, returned_ = 0;  // groups since the start of the epoch
  int counts_[groups] = {};                  // batches in each
  bool busy_ = false, finished_ = false, stop_ = false;
  std::thread thread_;
};

// In batches.
int Stream::Engine::group_size(const BatchSizes& sizes, std::int64_t batches) {
  constexpr int good_samples = 64, good_values = 1 << 16;
  return std::max(1, std::min({good_samples / sizes.batch, good_values / std::max(sizes.values(), 1),
                               static_cast<int>(std::min<std::int64_t>(batches, good_samples))}));
}

std::size_t Stream::Engine::bytes_needed(const Dataset& set, const StreamOptions& options) {
  const BatchSizes sizes(set, options);
  const std::int64_t batches = (sizes.samples - 1) / sizes.batch + 1;
  const int frames = options.prefetch ? static_cast<int>(groups) * group_size(sizes, batches) : 1;
  return sizes.bytes(frames, EpochOrder::in_a_list(sizes.samples, options.shuffle, options.sampling));
}

Stream::Engine::Engine(const Dataset& set, const StreamOptions& options) : dataset(set), gatherer(set, options) {
  if (!options.prefetch) {
    gatherer.take_memory(1);
    return;
  }
  group_size_ = group_size(BatchSizes(set, options), gatherer.batches());
  gatherer.take_memory(static_cast<int>(groups) * group_size_);
  try {
    thread_ = std::thread([this] { fill_groups(); });
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {  // then the caller gathers, and nothing else changes
  }
}

// In the child of a fork the thread is gone, and may have held the mutex, or been in the middle of a batch. It was still in the
// caller's epoch, unless the caller has the rest of that already: so the order is the right one.
void Stream::Engine::leave_dead_thread() {
  if (alone_ || home_ == forks()) return;
  alone_ = true;
  if (!thread_.joinable()) return;
  std::construct_at(&thread_), std::construct_at(&mutex_), std::construct_at(&changed_);
  busy_ = false;
  gatherer.go_to(epoch, position_);
}

Stream::Engine::~Engine() {
  leave_dead_thread();
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Stream::Engine::fill_groups() {
  use_all_processors();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || (!finished_ && filled_ - returned_ < groups); });
    if (stop_) return;
    const int group = group_of(filled_);
    busy_ = true;
    lock.unlock();
    const int count = gatherer.fill(group * group_size_, group_size_);
    lock.lock();
    busy_ = false;
    finished_ = count == 0;
    counts_[group] = count;
    if (count > 0) ++filled_;
    changed_.notify_all();
  }
}

bool Stream::Engine::next_group() {
  leave_dead_thread();
  first_ = at_ = end_ = 0;
  if (!thread_.joinable()) return (end_ = gatherer.fill(0, 1)) > 0;
  std::unique_lock lock(mutex_);
  if (std::exchange(holding_, false)) ++returned_, changed_.notify_all();
  changed_.wait(lock, [this] { return finished_ || filled_ > returned_; });
  if (filled_ == returned_) return false;
  const int group = group_of(returned_);
  first_ = group * group_size_;
  end_ = counts_[group];
  return holding_ = true;
}

void Stream::Engine::start(int to, std::int64_t batch) {
  leave_dead_thread();
  if (untouched && to == epoch && batch == position_) return;
  epoch = to;
  untouched = true;
  position_ = batch;
  at_ = end_ = 0;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
  gatherer.go_to(to, batch);
  holding_ = finished_ = false;
  filled_ = returned_ = 0;
  changed_.notify_all();
}

const Batch* Stream::Engine::next() {
  untouched = false;
  if (at_ == end_ && !next_group()) return nullptr;
  const BatchFrame& frame = gatherer.frame(first_ + at_++);
  epoch = frame.epoch, position_ = frame.number + 1;
  dataset.check_fetched();
  return &frame.batch;
}

namespace {
constexpr const char* one_each = "a stream for each thread";
}

Stream::Stream(const Dataset& dataset, const StreamOptions& options) try : engine_(std::make_unique<Engine>(dataset, options)) {
} catch (const std::bad_alloc&) {
  no_memory_for("a stream of batches", bytes_needed(dataset, options), "a smaller .batch");
}

std::size_t Stream::bytes_needed(const Dataset& dataset, const StreamOptions& options) {
  return Engine::bytes_needed(dataset, options);
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

Stream::Engine& Stream::engine() const {
  if (!engine_) throw Error("this stream was moved away, and is empty", "the stream that it was moved to");
  return *engine_;
}

void Stream::start_epoch(int epoch, std::int64_t batch) {
  if (epoch < 0) throw Error("stream: epoch " + std::to_string(epoch) + " does not exist", "counting epochs from 0");
  if (batch < 0 || batch > batches_per_epoch())
    throw Error(fmt::format("stream: batch {} does not exist in an epoch of {}", batch, batches_per_epoch()),
                "counting batches from 0");
  const InUse::Hold hold(engine().in_use, "this stream", one_each);
  engine().start(epoch, batch);
}

const Batch* Stream::next() {
  const InUse::Hold hold(engine().in_use, "this stream", one_each);
  return engine().next();
}

int Stream::epoch() const { return engine().epoch; }
std::int64_t Stream::batches_per_epoch() const { return engine().gatherer.batches(); }
int Stream::last_batch_size() const { return engine().gatherer.last_batch_size(); }

Stream::Iterator Stream::begin() {
  if (!engine().untouched) start_epoch(engine().epoch + 1);
  return Iterator(this);
}

Stream Dataset::stream(int batch, std::uint64_t seed) const& { return Stream(*this, {.batch = batch, .seed = seed}); }
Stream Dataset::stream(const StreamOptions& options) const& { return Stream(*this, options); }

}  // namespace cambium
