// Puts together the batches of a stream, one after the other.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/parts/epoch_order.h"
#include "cambium/framework/data/stream_options.h"

namespace cambium {

// The memory of so many samples, as a dataset fills it.
struct SampleFrame {
  std::vector<View> inputs, values;
  std::vector<std::span<int>> labels;
  std::vector<std::int64_t> rows;     // which they are
  std::vector<std::int64_t> numbers;  // by which each is changed at random
  std::vector<real> weights;          // where the samples have some
};

// A batch, as it is handed out.
struct BatchFrame : SampleFrame {
  std::vector<View> mixed;           // targets, where samples are mixed
  std::vector<std::int64_t> others;  // and the rows of those that they are mixed with
  std::vector<ConstView> x;
  std::vector<Target> targets;
  Batch batch;
  int epoch = 0;
  std::int64_t number = 0;  // of the batch in its epoch
};

// How large batches are, before there is one.
struct BatchSizes {
  BatchSizes(const Dataset& dataset, const StreamOptions& options);

  int values() const;                // of all inputs together; large sets stop at 2^31 - 1
  std::size_t sample_bytes() const;  // of a SampleFrame's block
  std::size_t mixed_bytes() const;   // of what a BatchFrame has beside that
  // Of so many batches, with what lists their samples and the order of an epoch.
  std::size_t bytes(int frames, bool shuffled_in_a_list) const;
  bool mixes() const { return !mixed.empty(); }

  int batch;
  std::int64_t samples;
  std::vector<Shape> inputs;
  std::vector<Dataset::TargetKind> targets, mixed;  // what mixup makes of them, where there is one
};

// Puts the samples of an epoch in order and gathers them batch by batch. One thread at a time may use it.
class Gatherer {
 public:
  Gatherer(const Dataset& dataset, const StreamOptions& options);

  // Memory for so many batches.
  void take_memory(int frames);
  const BatchFrame& frame(int index) const { return frames_[as_size(index)]; }
  std::int64_t batches() const { return batches_; }
  int last_batch_size() const { return count_of(batches_ - 1); }

  void go_to(int epoch, std::int64_t batch = 0) { epoch_ = epoch, batch_ = batch; }
  // The next batches, at most `frames` of one epoch, into the frames from `first` on. Returns how many: 0 at the end.
  int fill(int first, int frames) noexcept;

 private:
  int count_of(std::int64_t batch) const {
    return static_cast<int>(std::min<std::int64_t>(options_.batch, size_ - batch * options_.batch));
  }
  std::byte* lay_out(SampleFrame& frame, std::byte* at) const;
  void lay_out(BatchFrame& frame, std::byte* at) const;
  void gather(BatchFrame& frame) noexcept;
  void fetch(SampleFrame& frame, int count) noexcept;
  void mix(BatchFrame& frame, int count) noexcept;
  bool mixes() const { return sizes_.mixes(); }
  // By which the sample at this place in the epoch is changed: one that is drawn twice is changed twice.
  std::int64_t number_at(std::int64_t place) const noexcept { return options_.sampling.empty() ? order_[place] : place; }

  const Dataset& dataset_;
  const StreamOptions options_;
  const std::int64_t size_;
  const BatchSizes sizes_;
  std::int64_t batches_ = 0;
  EpochOrder order_;
  std::vector<real> scratch_;
  Block block_;
  std::vector<BatchFrame> frames_;
  SampleFrame others_;  // that samples of a batch are mixed with
  int epoch_ = 0;       // to be gathered next, and
  std::int64_t batch_ = 0;
  int ordered_ = -1;  // the epoch whose order order_ has
};

}  // namespace cambium
