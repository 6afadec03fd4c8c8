// Batches of a dataset, one after the other, in an order that the seed decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/stream_options.h"

namespace cambium {

// The batches of one epoch after the other. The order of an epoch depends on (seed, epoch) alone, and what the augmentation does
// to a sample on (seed, epoch, number of the sample): neither on the batch, nor on threads, nor on what was asked before.
// All memory is taken when the stream is made (every view aligned to 64 bytes); `next` allocates nothing. The dataset must outlive
// the stream. A dataset without targets gives one empty target. Where no thread can be had, and in the child of a fork, whose
// thread stayed behind, the caller gathers: the batches are the same.
//
//     for (const auto& [image, label] : stream) ...                            the next epoch, each time
//     stream.start_epoch(3); while (const Batch* batch = stream.next()) ...    this epoch
//
// Errors: a batch below 1 or above the set's size, an empty set, samples that the augmentation cannot take; from `next`, what the
// set has met in a file or a callback (Dataset::check_fetched).
class Stream {
 public:
  explicit Stream(const Dataset& dataset, const StreamOptions& options = {});
  Stream(const Dataset&& dataset, const StreamOptions& options = {}) = delete;  // the set must outlive it: give it a name
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  // The following calls of `next` give the batches of this epoch, from its first, or from batch `batch`, where there may be none
  // left. A new stream stands at the start of epoch 0.
  void start_epoch(int epoch, std::int64_t batch = 0);
  // The next batch, valid until the next call of anything here; null at the end of the epoch, and so on until another one starts.
  const Batch* next();

  // What such a stream takes, by reckoning: none of it is taken. Of the set's own memory it knows nothing.
  static std::size_t bytes_needed(const Dataset& dataset, const StreamOptions& options = {});

  int epoch() const;  // of the batch that `next` gave last
  std::int64_t batches_per_epoch() const;
  int last_batch_size() const;  // samples in the last batch of an epoch

  struct End {};
  class Iterator {
   public:
    explicit Iterator(Stream* stream) : stream_(stream), batch_(stream->next()) {}
    const Batch& operator*() const { return *batch_; }
    const Batch* operator->() const { return batch_; }
    Iterator& operator++() {
      batch_ = stream_->next();
      return *this;
    }
    friend bool operator==(const Iterator& i, End) { return i.batch_ == nullptr; }

   private:
    Stream* stream_;
    const Batch* batch_;
  };
  Iterator begin();  // starts the next epoch, unless the current one is untouched
  End end() { return {}; }

 private:
  struct Engine;
  Engine& engine() const;  // throws when the stream was moved away
  std::unique_ptr<Engine> engine_;
};

}  // namespace cambium
