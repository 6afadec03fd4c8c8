#include "cambium/framework/data/images/parts/byte_cache.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <new>
#include <string>

#include "cambium/framework/base/size.h"

namespace cambium {
namespace {

// What the system could give without trouble, in bytes.
std::int64_t free_memory() {
  std::ifstream file("/proc/meminfo");
  std::int64_t kilobytes = 0;
  for (std::string word; file >> word;)
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  return std::max<std::int64_t>(sysconf(_SC_AVPHYS_PAGES), 0) * sysconf(_SC_PAGESIZE);
}

}  // namespace

ByteCache::ByteCache(int samples, int bytes, std::int64_t most) : bytes_(as_size(bytes)) {
  if (most < 0) most = std::min(free_memory() / 4, std::int64_t{1} << 30);
  samples_ = std::min(as_size(samples), static_cast<std::size_t>(most) / bytes_);
  try {
    values_.reset(new std::uint8_t[samples_ * bytes_]);  // not set to zero: pages that nothing is put into stay untouched
    states_ = std::make_unique<std::atomic<std::uint8_t>[]>(samples_);
  } catch (const std::bad_alloc&) {
    samples_ = 0;
  }
}

const std::uint8_t* ByteCache::find(int sample) const noexcept {
  const auto i = as_size(sample);
  return i < samples_ && states_[i].load(std::memory_order_acquire) == kept ? values_.get() + i * bytes_ : nullptr;
}

void ByteCache::put(int sample, const std::uint8_t* values) noexcept {
  const auto i = as_size(sample);
  std::uint8_t expected = empty;
  if (i >= samples_ || !states_[i].compare_exchange_strong(expected, being_put, std::memory_order_relaxed)) return;
  std::copy_n(values, bytes_, values_.get() + i * bytes_);
  states_[i].store(kept, std::memory_order_release);
}

}  // namespace cambium
