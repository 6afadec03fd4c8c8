#include "cambium/framework/testing/count_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> allocations{0};

void* take(std::size_t bytes, std::size_t alignment) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (bytes == 0) bytes = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(bytes);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* take_or_throw(std::size_t bytes, std::size_t alignment) {
  if (void* memory = take(bytes, alignment)) return memory;
  throw std::bad_alloc();
}

}  // namespace

namespace cambium_testing {
long AllocationCount::total() noexcept { return allocations.load(std::memory_order_relaxed); }
}  // namespace cambium_testing

// malloc and free serve both, so that AddressSanitizer still sees every block.
[[gnu::weak]] void* operator new(std::size_t bytes) { return take_or_throw(bytes, 1); }
[[gnu::weak]] void* operator new[](std::size_t bytes) { return take_or_throw(bytes, 1); }
[[gnu::weak]] void* operator new(std::size_t bytes, std::align_val_t to) {
  return take_or_throw(bytes, static_cast<std::size_t>(to));
}
[[gnu::weak]] void* operator new[](std::size_t bytes, std::align_val_t to) {
  return take_or_throw(bytes, static_cast<std::size_t>(to));
}
[[gnu::weak]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, 1); }
[[gnu::weak]] void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, 1); }
[[gnu::weak]] void* operator new(std::size_t bytes, std::align_val_t to, const std::nothrow_t&) noexcept {
  return take(bytes, static_cast<std::size_t>(to));
}
[[gnu::weak]] void* operator new[](std::size_t bytes, std::align_val_t to, const std::nothrow_t&) noexcept {
  return take(bytes, static_cast<std::size_t>(to));
}
[[gnu::weak]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { std::free(memory); }
