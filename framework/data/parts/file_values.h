// Values of an array that come from a file.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace cambium {

// Turns the bytes of each value around.
template <class T>
void swap_bytes(T* values, std::size_t n) {
  if constexpr (sizeof(T) > 1)
    for (std::size_t i = 0; i < n; ++i) {
      auto* bytes = reinterpret_cast<unsigned char*>(values + i);
      std::reverse(bytes, bytes + sizeof(T));
    }
}

// The values of this machine in the order of a file that has the high byte first, or the low one; or back.
template <class T>
void swap_to_high_first(T* values, std::size_t n) {
  if constexpr (std::endian::native == std::endian::little) swap_bytes(values, n);
}
template <class T>
void swap_to_low_first(T* values, std::size_t n) {
  if constexpr (std::endian::native == std::endian::big) swap_bytes(values, n);
}

// write(data, bytes) for all values, turned by `swap` in a copy of some thousand at a time.
template <class T, class Swap, class Write>
void write_swapped(const std::vector<T>& values, const Swap& swap, const Write& write) {
  constexpr std::size_t chunk = 1 << 13;
  T some[chunk];
  for (std::size_t begin = 0; begin < values.size(); begin += chunk) {
    const std::size_t n = std::min(chunk, values.size() - begin);
    std::copy_n(values.data() + begin, n, some);
    swap(some, n);
    write(some, n * sizeof(T));
  }
}

// Takes only addresses: a packed file may promise much more than it holds, and memory is taken with what comes.
template <class T, class Source>
std::vector<T> reserved(const Source& source, std::size_t count) {
  std::vector<T> values;
  try {
    values.reserve(count);
  } catch (const std::exception&) {  // also of a count that no vector can have
    source.fail("no memory for " + std::to_string(count) + " values of " + std::to_string(sizeof(T)) + " bytes",
                "closing other programs");
  }
  return values;
}

// So many values, with which the source must end. `sizes`: of the array, for messages.
template <class T, class Source>
std::vector<T> read_values(Source& source, std::size_t count, const std::string& sizes) {
  auto values = reserved<T>(source, count);
  while (values.size() < count) {
    const std::size_t before = values.size(), part = std::min(count - before, std::size_t{1} << 20);
    values.resize(before + part);
    const std::size_t got = source.read(values.data() + before, part * sizeof(T));
    if (got < part * sizeof(T))
      source.fail("ends after " + std::to_string(before * sizeof(T) + got) + " of " + std::to_string(count * sizeof(T)) +
                  " bytes of values (" + sizes + " of " + std::to_string(sizeof(T)) + " bytes)");
  }
  char extra = 0;
  if (source.read(&extra, 1) != 0)
    source.fail("goes on after the " + sizes + " values of " + std::to_string(sizeof(T)) + " bytes that its header promises");
  return values;
}

}  // namespace cambium
