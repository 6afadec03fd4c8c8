// Values of an array that come from a file.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cambium/framework/data/parts/pieces.h"

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

// Of a file that is as long as it should be.
template <class T, class Source, class Short>
std::vector<T> read_sure_values(Source& source, std::size_t count, const Short& ends_after) {
  std::vector<T> values;
  values.reserve(count);
  while (values.size() < count) {
    const std::size_t before = values.size(), part = std::min(count - before, (std::size_t{1} << 20) / sizeof(T));
    values.resize(before + part);
    const std::size_t got = source.read(values.data() + before, part * sizeof(T));
    if (got < part * sizeof(T)) ends_after(before * sizeof(T) + got);
  }
  return values;
}

// Of one that may promise much more than it holds: memory is taken with what comes.
template <class T, class Source, class Short>
std::vector<T> read_packed_values(Source& source, std::size_t count, const Short& ends_after) {
  Pieces<T> pieces;
  for (std::size_t done = 0; done < count;) {
    const std::span<T> to = pieces.room();
    const std::size_t part = std::min(count - done, to.size()), got = source.read(to.data(), part * sizeof(T));
    if (got < part * sizeof(T)) ends_after(done * sizeof(T) + got);
    pieces.came(part);
    done += part;
  }
  return pieces.joined();
}

// So many values, with which the source must end. `sizes`: of the array, for messages.
template <class T, class Source>
std::vector<T> read_values(Source& source, std::size_t count, const std::string& sizes) {
  const auto ends_after = [&](std::size_t bytes) {
    source.fail("ends after " + std::to_string(bytes) + " of " + std::to_string(count * sizeof(T)) + " bytes of values (" + sizes +
                " of " + std::to_string(sizeof(T)) + " bytes)");
  };
  std::vector<T> values;
  bool enough = true;
  try {
    values = source.packed() ? read_packed_values<T>(source, count, ends_after) : read_sure_values<T>(source, count, ends_after);
  } catch (const std::bad_alloc&) {
    enough = false;
  } catch (const std::length_error&) {  // of a count that no vector can have
    enough = false;
  }
  if (!enough)
    source.fail("no memory for " + std::to_string(count) + " values of " + std::to_string(sizeof(T)) + " bytes",
                "closing other programs");
  char extra = 0;
  if (source.read(&extra, 1) != 0)
    source.fail("goes on after the " + sizes + " values of " + std::to_string(sizeof(T)) + " bytes that its header promises");
  return values;
}

}  // namespace cambium
