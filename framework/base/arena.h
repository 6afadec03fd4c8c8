// One block of memory for many buffers, which share space where their lifetimes do not meet.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace cambium {

// Memory aligned to 64 bytes, zeroed. Throws Error, naming what it is for and the size, when there is none.
class Block {
 public:
  Block() = default;
  explicit Block(std::size_t bytes, const char* what = "what is asked for");
  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t bytes_ = 0;
};

// Rounded up to whole cache lines, so that buffers never share one.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// A buffer that is in use from time `first` to time `last`, both included. `offset` is the answer.
struct Lifetime {
  std::size_t bytes = 0;
  int first = 0, last = 0;
  std::size_t offset = 0;
};

// Gives every buffer an offset, so that buffers in use at the same time do not overlap; returns the bytes needed. Largest first,
// each into the lowest gap that holds it: the greedy rule of Pisarchyk, Lee 2020 ("Efficient memory management for deep neural
// net inference").
std::size_t pack(std::vector<Lifetime>& buffers);

}  // namespace cambium
