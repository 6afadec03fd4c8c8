// Random numbers by counting: number i of a stream depends on the key and on i alone, so that it makes no difference who asks,
// in what order, or on how many threads.
#pragma once

#include <cstdint>
#include <string_view>

namespace cambium {

// A stream of 2^64 random numbers. Streams with different keys are independent. The mixer is the finalizer of SplitMix64
// (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"), applied twice, so that counters which differ
// in one bit share nothing.
class Random {
 public:
  constexpr explicit Random(std::uint64_t seed = 0) : key_(mix(seed + golden)) {}

  // The stream of a part: of a layer, a split, an epoch, a sample.
  constexpr Random of(std::uint64_t part) const {
    Random child;
    child.key_ = mix(key_ ^ mix(part * golden + 0x632be59bd9b4e019ULL));
    return child;
  }

  constexpr std::uint64_t bits(std::uint64_t i) const { return mix(key_ + mix(i * golden + golden)); }
  // In [0, 1), a multiple of 2^-53.
  constexpr double uniform(std::uint64_t i) const { return static_cast<double>(bits(i) >> 11) * 0x1.0p-53; }
  constexpr double uniform(std::uint64_t i, double low, double high) const { return low + (high - low) * uniform(i); }
  // From 0 to n - 1, n at most 2^32. The bias is below 2^-32.
  constexpr std::uint64_t below(std::uint64_t i, std::uint64_t n) const { return ((bits(i) >> 32) * n) >> 32; }
  // Standard normal (Box, Muller 1958), the same bits on every machine.
  double normal(std::uint64_t i) const;

  friend constexpr bool operator==(const Random&, const Random&) = default;

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t key_ = 0;
};

// Which part a name is, for Random::of (FNV-1a).
constexpr std::uint64_t part_of_name(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

// Puts 0 .. n - 1 into a random order (Fisher, Yates); the same for every standard library.
void shuffle(int* items, int n, Random random);

}  // namespace cambium
