#include "cambium/framework/data/stream.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/base/random.h"

namespace cambium {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }
std::size_t times(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

struct FreeAligned {
  void operator()(std::byte* block) const { ::operator delete (block, std::align_val_t{alignment}); }
};

// The memory of one batch, as the dataset fills it and as it is handed out.
struct Frame {
  std::vector<View> inputs, values;
  std::vector<std::span<int>> labels;
  std::vector<ConstView> x;
  std::vector<Target> targets;
  std::vector<int> rows;
  Batch batch;
  int epoch = 0, number = 0;  // of the batch in its epoch
};

enum Purpose : std::uint64_t { ordering = 1, augmenting = 2 };  // what a random stream is for

// Puts the samples of an epoch in order and gathers them batch by batch. One thread at a time may use it.
class Gatherer {
 public:
  Gatherer(const Dataset& dataset, const StreamOptions& options);

  // Memory for so many batches.
  void take_memory(int frames);
  const Frame& frame(int index) const { return frames_[static_cast<std::size_t>(index)]; }
  int batches() const { return batches_; }
  int last_batch_size() const { return count_of(batches_ - 1); }
  int values_per_batch() const;  // of all inputs together; large sets stop at 2^31 - 1

  void go_to(int epoch, int batch = 0) { epoch_ = epoch, batch_ = batch; }
  // The next batches, at most `frames` of one epoch, into the frames from `first` on. Returns how many: 0 at the end.
  int fill(int first, int frames) noexcept;

 private:
  int count_of(int batch) const { return std::min(options_.batch, size_ - batch * options_.batch); }
  std::size_t frame_bytes() const;
  void lay_out(Frame& frame, std::byte* at) const;
  void put_in_order() noexcept;
  void gather(Frame& frame) noexcept;

  const Dataset& dataset_;
  const StreamOptions options_;
  const int size_;
  const std::vector<Shape> inputs_;
  const std::vector<Dataset::TargetKind> targets_;
  int batches_ = 0;
  std::vector<int> order_;
  std::vector<real> scratch_;
  std::unique_ptr<std::byte, FreeAligned> block_;
  std::vector<Frame> frames_;
  int epoch_ = 0, batch_ = 0;  // to be gathered next
};

Gatherer::Gatherer(const Dataset& dataset, const StreamOptions& options)
    : dataset_(dataset),
      options_(options),
      size_(dataset.size()),
      inputs_(dataset.input_shapes()),
      targets_(dataset.target_kinds()) {
  if (size_ < 1 || inputs_.empty()) throw Error("stream: the dataset has no samples", "adding samples before it is streamed");
  if (options.batch < 1)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + ", and it takes at least 1",
                ".batch = 1");
  if (options.batch > size_)
    throw Error("stream of " + dataset.describe() + ": a batch of " + std::to_string(options.batch) + " is larger than the set",
                ".batch = " + std::to_string(size_) + " or less");
  options.augment.check(inputs_[0]);
  batches_ = options.drop_last ? size_ / options.batch : (size_ - 1) / options.batch + 1;
  order_.resize(static_cast<std::size_t>(size_));
  std::iota(order_.begin(), order_.end(), 0);
  scratch_.resize(options.augment.scratch(inputs_[0]));
}

int Gatherer::values_per_batch() const {
  std::size_t values = 0;
  for (const Shape& shape : inputs_) values += times(options_.batch, shape.size());
  return static_cast<int>(std::min(values, std::size_t{0x7fffffff}));
}

std::size_t Gatherer::frame_bytes() const {
  std::size_t bytes = 0;
  for (const Shape& shape : inputs_) bytes += rounded(times(options_.batch, shape.size()) * sizeof(real));
  for (const auto& target : targets_)
    bytes += rounded(times(options_.batch, target.shape.size()) * (target.classes > 0 ? sizeof(int) : sizeof(real)));
  return bytes;
}

void Gatherer::take_memory(int frames) {
  const std::size_t each = frame_bytes(), all = each * static_cast<std::size_t>(frames);
  try {
    block_.reset(static_cast<std::byte*>(::operator new (all, std::align_val_t{alignment})));
  } catch (const std::bad_alloc&) {
    throw Error("stream of " + dataset_.describe() + ": no memory for " + std::to_string(frames) + " batches of " +
                    std::to_string(options_.batch) + ", " + std::to_string(all) + " bytes",
                "a smaller .batch");
  }
  frames_.resize(static_cast<std::size_t>(frames));
  std::byte* at = block_.get();
  for (Frame& frame : frames_) lay_out(frame, at), at += each;
}

void Gatherer::lay_out(Frame& frame, std::byte* at) const {
  const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + rounded(bytes)); };
  for (const Shape& shape : inputs_) {
    auto* data = reinterpret_cast<real*>(take(times(options_.batch, shape.size()) * sizeof(real)));
    frame.inputs.push_back({data, shape, options_.batch});
  }
  for (const auto& [classes, shape] : targets_) {
    const std::size_t n = times(options_.batch, shape.size());
    frame.labels.push_back(classes > 0 ? std::span<int>(reinterpret_cast<int*>(take(n * sizeof(int))), n) : std::span<int>());
    frame.values.push_back(classes > 0 ? View{} : View{reinterpret_cast<real*>(take(n * sizeof(real))), shape, options_.batch});
  }
  frame.x.resize(inputs_.size());
  frame.targets.resize(std::max<std::size_t>(targets_.size(), 1));
  frame.rows.resize(static_cast<std::size_t>(options_.batch));
  frame.batch = {frame.x, frame.targets};
}

int Gatherer::fill(int first, int frames) noexcept {
  if (batch_ == batches_) {
    if (!options_.endless) return 0;
    go_to(epoch_ + 1);
  }
  if (batch_ == 0) put_in_order();
  const int n = std::min(frames, batches_ - batch_);
  for (int i = 0; i < n; ++i, ++batch_) gather(frames_[static_cast<std::size_t>(first + i)]);
  return n;
}

void Gatherer::put_in_order() noexcept {
  if (!options_.shuffle) return;
  shuffle(order_.data(), size_, Random(options_.seed).of(ordering).of(static_cast<std::uint64_t>(epoch_)));
}

void Gatherer::gather(Frame& frame) noexcept {
  const int count = count_of(batch_);
  const auto samples = static_cast<std::size_t>(count);
  const std::span<const int> rows(order_.data() + times(batch_, options_.batch), samples);
  for (View& view : frame.inputs) view.batch = count;
  for (std::size_t t = 0; t < targets_.size(); ++t)
    if (targets_[t].classes > 0)
      frame.labels[t] = {frame.labels[t].data(), samples};
    else
      frame.values[t].batch = count;
  dataset_.fetch(rows, frame.inputs, frame.labels, frame.values);
  if (!options_.augment.empty()) {
    const Random epoch = Random(options_.seed).of(augmenting).of(static_cast<std::uint64_t>(epoch_));
    for (int i = 0; i < count; ++i)
      options_.augment.apply(frame.inputs[0].row(i), inputs_[0],
                             epoch.of(static_cast<std::uint64_t>(rows[static_cast<std::size_t>(i)])), scratch_.data());
  }
  // A copy, since the order may be that of the next epoch while this batch is still in use.
  std::copy(rows.begin(), rows.end(), frame.rows.begin());
  frame.batch.rows = {frame.rows.data(), samples};
  std::copy(frame.inputs.begin(), frame.inputs.end(), frame.x.begin());
  for (std::size_t t = 0; t < targets_.size(); ++t)
    frame.targets[t] = targets_[t].classes > 0 ? Target(std::span<const int>(frame.labels[t])) : Target(frame.values[t]);
  frame.epoch = epoch_, frame.number = batch_;
}

}  // namespace

// Two groups of batches: the caller has one, while a thread fills the other. A group is more than one batch where batches are
// small, because waking a thread costs more than gathering a few samples. Without a thread the caller gathers one batch at a time.
struct Stream::Engine {
  Engine(const Dataset& dataset, const StreamOptions& options);
  ~Engine();

  void start(int epoch);
  const Batch* next();

  Gatherer gatherer;
  InUse in_use;
  int epoch = 0;
  bool untouched = true;  // since this epoch was started

 private:
  static constexpr std::uint64_t groups = 2;
  int group_of(std::uint64_t number) const { return static_cast<int>(number % groups); }
  void fill_groups();
  bool next_group();
  void leave_dead_thread();

  const unsigned home_ = forks();
  bool alone_ = false;  // the child of a fork, which has learnt it

  int group_size_ = 1;                // in batches
  int position_ = 0;                  // in the epoch, of the batch that the caller gets next
  int first_ = 0, at_ = 0, end_ = 0;  // the caller's group: where its frames start, the next of them, and how many there are
  bool holding_ = false;              // the caller has a group of the thread's

  std::mutex mutex_;  // guards what follows; and a group, and the gatherer, belong to whom these say
  std::condition_variable changed_;
  std::uint64_t filled_ = 0, returned_ = 0;  // groups since the start of the epoch
  int counts_[groups] = {};                  // batches in each
  bool busy_ = false, finished_ = false, stop_ = false;
  std::thread thread_;
};

Stream::Engine::Engine(const Dataset& dataset, const StreamOptions& options) : gatherer(dataset, options) {
  if (!options.prefetch) {
    gatherer.take_memory(1);
    return;
  }
  constexpr int good_samples = 64, good_values = 1 << 16;
  group_size_ =
      std::max(1, std::min({good_samples / options.batch, good_values / gatherer.values_per_batch(), gatherer.batches()}));
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

void Stream::Engine::start(int to) {
  leave_dead_thread();
  if (untouched && to == epoch) return;
  epoch = to;
  untouched = true;
  position_ = at_ = end_ = 0;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
  gatherer.go_to(to);
  holding_ = finished_ = false;
  filled_ = returned_ = 0;
  changed_.notify_all();
}

const Batch* Stream::Engine::next() {
  untouched = false;
  if (at_ == end_ && !next_group()) return nullptr;
  const Frame& frame = gatherer.frame(first_ + at_++);
  epoch = frame.epoch, position_ = frame.number + 1;
  return &frame.batch;
}

namespace {
constexpr const char* one_each = "a stream for each thread";
}

Stream::Stream(const Dataset& dataset, const StreamOptions& options) : engine_(std::make_unique<Engine>(dataset, options)) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

Stream::Engine& Stream::engine() const {
  if (!engine_) throw Error("this stream was moved away, and is empty", "the stream that it was moved to");
  return *engine_;
}

void Stream::start_epoch(int epoch) {
  if (epoch < 0) throw Error("stream: epoch " + std::to_string(epoch) + " does not exist", "counting epochs from 0");
  const InUse::Hold hold(engine().in_use, "this stream", one_each);
  engine().start(epoch);
}

const Batch* Stream::next() {
  const InUse::Hold hold(engine().in_use, "this stream", one_each);
  return engine().next();
}

int Stream::epoch() const { return engine().epoch; }
int Stream::batches_per_epoch() const { return engine().gatherer.batches(); }
int Stream::last_batch_size() const { return engine().gatherer.last_batch_size(); }

Stream::Iterator Stream::begin() {
  if (!engine().untouched) start_epoch(engine().epoch + 1);
  return Iterator(this);
}

Stream Dataset::stream(int batch, std::uint64_t seed) const& { return Stream(*this, {.batch = batch, .seed = seed}); }
Stream Dataset::stream(const StreamOptions& options) const& { return Stream(*this, options); }

}  // namespace cambium
