// Samples of bytes that were made once, and are kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace cambium {

// The first samples of a set, as many as fit, each of so many bytes. Memory is only reserved at first, and used sample by sample;
// where none can be had, nothing is kept. Any thread may look and put at any time, and none waits.
class ByteCache {
 public:
  // `most`: bytes for all; -1: a quarter of the free memory, at most 1 GiB.
  ByteCache(int samples, int bytes, std::int64_t most);

  // Null where the sample is not kept.
  const std::uint8_t* find(int sample) const noexcept;
  void put(int sample, const std::uint8_t* values) noexcept;

 private:
  enum State : std::uint8_t { empty, being_put, kept };
  std::size_t bytes_, samples_;
  std::unique_ptr<std::uint8_t[]> values_;
  std::unique_ptr<std::atomic<std::uint8_t>[]> states_;
};

}  // namespace cambium
