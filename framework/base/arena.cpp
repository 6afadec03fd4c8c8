#include "cambium/framework/base/arena.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <numeric>

#include "cambium/framework/base/memory_left.h"
#include "cambium/framework/base/no_memory.h"

namespace cambium {

Block::Block(std::size_t bytes, const char* what) try : bytes_(aligned(bytes)) {
  // Memory that the machine does not have is granted all the same, and whoever writes to it is killed.
  constexpr std::size_t large = 64 << 20;
  if (bytes_ >= large && bytes_ > memory_left().bytes) throw std::bad_alloc();
  void* memory = ::operator new (std::max<std::size_t>(bytes_, 64), std::align_val_t{64});
  data_.reset(static_cast<std::byte*>(memory));
  std::memset(memory, 0, bytes_);
} catch (const std::bad_alloc&) {
  no_memory_for(what, aligned(bytes));
}

void Block::Free::operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }

std::size_t pack(std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });

  std::size_t total = 0;
  std::vector<const Lifetime*> placed;  // by offset
  for (std::size_t index : order) {
    Lifetime& buffer = buffers[index];
    std::size_t offset = 0;
    for (const Lifetime* other : placed) {
      if (other->last < buffer.first || buffer.last < other->first) continue;
      if (offset + aligned(buffer.bytes) <= other->offset) break;
      offset = std::max(offset, other->offset + aligned(other->bytes));
    }
    buffer.offset = offset;
    total = std::max(total, offset + aligned(buffer.bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &buffer,
                                   [](const Lifetime* a, const Lifetime* b) { return a->offset < b->offset; }),
                  &buffer);
  }
  return total;
}

}  // namespace cambium
