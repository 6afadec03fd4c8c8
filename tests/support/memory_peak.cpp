#include "tests/support/memory_peak.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#define CAMBIUM_SANITIZER_MALLOC 1
#elif defined(__SANITIZE_THREAD__)
#define CAMBIUM_NO_MALLOC 1  // its hooks give back more than they have taken
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAMBIUM_SANITIZER_MALLOC 1
#elif __has_feature(thread_sanitizer)
#define CAMBIUM_NO_MALLOC 1
#endif
#endif

namespace {

std::atomic<std::int64_t> now{0}, most{0};

[[maybe_unused]] void took(std::size_t bytes) noexcept {
  const auto more = static_cast<std::int64_t>(bytes);
  const std::int64_t sum = now.fetch_add(more, std::memory_order_relaxed) + more;
  std::int64_t before = most.load(std::memory_order_relaxed);
  while (sum > before && !most.compare_exchange_weak(before, sum, std::memory_order_relaxed)) continue;
}
[[maybe_unused]] void gave(std::size_t bytes) noexcept {
  now.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
}

}  // namespace

#if defined(CAMBIUM_SANITIZER_MALLOC)

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*took)(const volatile void*, std::size_t), void (*gave)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void*);
}

namespace {
constexpr bool is_counted = true;
[[maybe_unused]] const int installed =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t bytes) { took(bytes); },
                                              [](const volatile void* memory) {
                                                if (memory != nullptr) gave(__sanitizer_get_allocated_size(memory));
                                              });
}  // namespace

#elif defined(__GLIBC__) && !defined(CAMBIUM_NO_MALLOC)
#include <malloc.h>

// glibc lets a program have its own, and keeps its own under these names.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {
constexpr bool is_counted = true;

void* counted(void* memory) noexcept {
  if (memory != nullptr) took(malloc_usable_size(memory));
  return memory;
}
}  // namespace

extern "C" {
void* malloc(std::size_t bytes) noexcept { return counted(__libc_malloc(bytes)); }
void* calloc(std::size_t count, std::size_t bytes) noexcept { return counted(__libc_calloc(count, bytes)); }
void* memalign(std::size_t to, std::size_t bytes) noexcept { return counted(__libc_memalign(to, bytes)); }
void* aligned_alloc(std::size_t to, std::size_t bytes) noexcept { return counted(__libc_memalign(to, bytes)); }
int posix_memalign(void** memory, std::size_t to, std::size_t bytes) noexcept {
  void* const found = counted(__libc_memalign(to, bytes));
  if (found == nullptr) return ENOMEM;
  *memory = found;
  return 0;
}
// As if both were there for a while, which they may be.
void* realloc(void* memory, std::size_t bytes) noexcept {
  const std::size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* const found = counted(__libc_realloc(memory, bytes));
  if (found != nullptr || bytes == 0) gave(before);
  return found;
}
void free(void* memory) noexcept {
  if (memory == nullptr) return;
  gave(malloc_usable_size(memory));
  __libc_free(memory);
}
}

#else
namespace {
constexpr bool is_counted = false;
}
#endif

namespace cambium_tests {

MemoryPeak::MemoryPeak() noexcept : start_(now.load()) { most.store(start_); }
std::int64_t MemoryPeak::bytes() const noexcept { return most.load() - start_; }
std::int64_t MemoryPeak::held() noexcept { return now.load(); }
bool MemoryPeak::counted() noexcept { return is_counted; }

}  // namespace cambium_tests
