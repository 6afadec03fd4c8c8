// Memory shared by buffers whose lifetimes do not meet.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cambium/framework/base/arena.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"

using namespace cambium;

namespace {

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

// The most bytes in use at one time: no packing needs less.
std::size_t most_at_once(const std::vector<Lifetime>& buffers) {
  std::size_t most = 0;
  for (const Lifetime& now : buffers) {  // the peak is reached where some buffer begins
    std::size_t sum = 0;
    for (const Lifetime& other : buffers)
      if (other.first <= now.first && now.first <= other.last) sum += aligned(other.bytes);
    most = std::max(most, sum);
  }
  return most;
}

void check_packed(const std::vector<Lifetime>& buffers, std::size_t total) {
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    CHECK(buffers[i].offset % 64 == 0);
    CHECK(buffers[i].offset + buffers[i].bytes <= total);
    for (std::size_t j = 0; j < i; ++j) {
      const Lifetime &a = buffers[i], &b = buffers[j];
      const bool apart = a.offset + aligned(a.bytes) <= b.offset || b.offset + aligned(b.bytes) <= a.offset;
      if (meet(a, b) && !apart) FAIL_CHECK("buffers ", j, " and ", i, " overlap");
    }
  }
}

class Drawn {
 public:
  explicit Drawn(std::uint64_t seed) : random_(seed) {}
  int below(int n) { return static_cast<int>(random_.below(drawn_++, static_cast<std::uint64_t>(n))); }

 private:
  Random random_;
  std::uint64_t drawn_ = 0;
};

}  // namespace

TEST_CASE("packed buffers never overlap while both are in use, whatever their lifetimes") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed ", seed);
    Drawn drawn(seed);
    std::vector<Lifetime> buffers(static_cast<std::size_t>(1 + drawn.below(60)));
    const int times = 1 + drawn.below(40);
    for (Lifetime& buffer : buffers) {
      buffer.first = drawn.below(times);
      buffer.last = buffer.first + drawn.below(drawn.below(4) == 0 ? times : 4);
      buffer.bytes = static_cast<std::size_t>(drawn.below(8) == 0 ? 0 : drawn.below(drawn.below(3) == 0 ? 100000 : 300));
    }
    const std::size_t total = pack(buffers);
    check_packed(buffers, total);
    CHECK(total >= most_at_once(buffers));
    CHECK(total <= 2 * most_at_once(buffers));  // no theorem; but a plan that wasted half of its memory would be a bad one
  }
}

TEST_CASE("the lifetimes of a chain of layers, forward and back, are packed without waste") {
  for (int n : {1, 2, 5, 20}) {
    std::vector<Lifetime> buffers;
    for (int i = 0; i < n; ++i) buffers.push_back({1000, i, 2 * n - i});  // an activation, until its layer has gone back
    for (int i = 0; i < n; ++i) buffers.push_back({1000, 2 * n - i, 2 * n - i + 1});  // a gradient, until the layer below has
    const std::size_t total = pack(buffers);
    check_packed(buffers, total);
    CHECK(total == most_at_once(buffers));
  }
}

TEST_CASE("one buffer, none, and buffers of nothing are packed as well") {
  std::vector<Lifetime> none;
  CHECK(pack(none) == 0);
  std::vector<Lifetime> one{{100, 3, 3}};
  CHECK(pack(one) == 128);
  CHECK(one[0].offset == 0);
  std::vector<Lifetime> empty{{0, 0, 5}, {64, 0, 5}, {0, 2, 2}};
  CHECK(pack(empty) == 64);
  std::vector<Lifetime> after{{64, 0, 4}, {64, 5, 9}, {64, 4, 5}};  // a time that is both last and first belongs to both
  CHECK(pack(after) == 128);
}

TEST_CASE("the same buffers are packed in the same way") {
  std::vector<Lifetime> a;
  for (int i = 0; i < 30; ++i) a.push_back({static_cast<std::size_t>(64 * (1 + i % 3)), i % 7, i % 7 + i % 4});
  std::vector<Lifetime> b = a;
  CHECK(pack(a) == pack(b));
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].offset == b[i].offset);
}

TEST_CASE("a block is aligned to a cache line, of whole lines, and zero") {
  for (int size : {0, 1, 63, 64, 65, 100000}) {
    const auto bytes = static_cast<std::size_t>(size);
    const Block block(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block.data()) % 64 == 0);
    CHECK(block.bytes() >= bytes);
    CHECK(block.bytes() % 64 == 0);
    CHECK(std::all_of(block.data(), block.data() + block.bytes(), [](std::byte b) { return b == std::byte{0}; }));
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which end the program instead
TEST_CASE("memory that is not there is an error that says how much") {
  CHECK_THROWS_WITH_AS(Block(std::size_t{1} << 60),
                       "there is no memory for what is asked for: 1.15 EB; try closing other programs, or a smaller batch or model",
                       Error);
}
#endif
