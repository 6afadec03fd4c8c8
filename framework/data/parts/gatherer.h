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

// The memory of one batch, as the dataset fills it and as it is handed out.
struct BatchFrame {
  std::vector<View> inputs, values;
  std::vector<std::span<int>> labels;
  std::vector<ConstView> x;
  std::vector<Target> targets;
  std::vector<std::int64_t> rows;
  std::vector<real> weights;  // where the samples have some
  Batch batch;
  int epoch = 0;
  std::int64_t number = 0;  // of the batch in its epoch
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
  int values_per_batch() const;  // of all inputs together; large sets stop at 2^31 - 1

  void go_to(int epoch, std::int64_t batch = 0) { epoch_ = epoch, batch_ = batch; }
  // The next batches, at most `frames` of one epoch, into the frames from `first` on. Returns how many: 0 at the end.
  int fill(int first, int frames) noexcept;

 private:
  int count_of(std::int64_t batch) const {
    return static_cast<int>(std::min<std::int64_t>(options_.batch, size_ - batch * options_.batch));
  }
  std::size_t frame_bytes() const;
  void lay_out(BatchFrame& frame, std::byte* at) const;
  void gather(BatchFrame& frame) noexcept;

  const Dataset& dataset_;
  const StreamOptions options_;
  const std::int64_t size_;
  const std::vector<Shape> inputs_;
  const std::vector<Dataset::TargetKind> targets_;
  std::int64_t batches_ = 0;
  EpochOrder order_;
  std::vector<real> scratch_;
  Block block_;
  std::vector<BatchFrame> frames_;
  int epoch_ = 0;  // to be gathered next, and
  std::int64_t batch_ = 0;
};

}  // namespace cambium
