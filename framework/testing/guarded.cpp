#include "cambium/framework/testing/guarded.h"

#include <cstdint>
#include <cstring>

namespace cambium::testing {

namespace {
constexpr std::size_t band = 256, alignment = 64;
constexpr int poison_byte = 0xff;

bool all_poison(const std::byte* from, const std::byte* to) {
  for (; from != to; ++from)
    if (*from != std::byte{poison_byte}) return false;
  return true;
}
}  // namespace

Guarded::Guarded(std::size_t bytes) : memory_(new std::byte[bytes + 2 * band + alignment]), bytes_(bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.get()) + band;
  start_ = memory_.get() + band + (alignment - address % alignment) % alignment;
  std::memset(memory_.get(), poison_byte, bytes + 2 * band + alignment);
}

void Guarded::poison() { std::memset(start_, poison_byte, bytes_); }

bool Guarded::intact() const {
  return all_poison(memory_.get(), start_) && all_poison(start_ + bytes_, memory_.get() + bytes_ + 2 * band + alignment);
}

bool is_poison(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits == ~std::uint32_t{0};
}

bool is_poison(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits == ~std::uint64_t{0};
}

}  // namespace cambium::testing
