#include <utility>

#include "cambium/framework/kernels/convolve_direct.h"

namespace cambium::CAMBIUM_ISA {

namespace {

// Rows are short: a vector or two, so a call of memcpy would cost more than the copy.
inline void copy(const real* from, Index n, real* to) {
  if (n < width) {
    store_first(to, load_first(from, static_cast<int>(n)), static_cast<int>(n));
    return;
  }
  for (Index i = 0; i + width < n; i += width) store(to + i, load(from + i));
  store(to + n - width, load(from + n - width));
}

// Every second value; nothing is read behind the last, so the second vector begins a value early.
template <int... i>
inline Vec halve(Vec a, Vec b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (i < width / 2 ? 2 * i : 2 * i + 1)...);
}
inline void copy_seconds(const real* from, Index n, real* to) {
  constexpr auto all = std::make_integer_sequence<int, width>();
  for (; n >= width; n -= width, from += 2 * width, to += width) store(to, halve(load(from), load(from + width - 1), all));
  if (n == 0) return;
  const int rest = static_cast<int>(n), first = 2 * rest - 1 < width ? 2 * rest - 1 : width, second = 2 * rest - width;
  store_first(to, halve(load_first(from, first), load_first(from + width - 1, second > 0 ? second : 0), all), rest);
}
void interleave(const real* a, const real* b, Index n, real* to) {
  for (Index i = 0; i < n; ++i) {
    to[2 * i] = a[i];
    to[2 * i + 1] = b[i];
  }
}

}  // namespace

void copy_padded(const Padded& padded, const Window& w, const real* x, int samples, real* to) {
  const Index sample = static_cast<Index>(w.channels) * w.height * w.width, group = padded.group, phases = padded.phases;
  const Index rows = static_cast<Index>(w.channels) * w.height;
  for (Index phase = 0; phase < phases; ++phase) {
    const Index first = ((phase - w.pad_width) % phases + phases) % phases;  // the first column in this phase
    const Index n = first < w.width ? (w.width - first + phases - 1) / phases : 0;
    const real* from = x + first;
    real* part = to + phase * padded.columns + (first + w.pad_width) / phases * group;
    for (Index r = 0; r < rows; ++r, from += w.width, part += padded.row) {
      if (phases == 1 && group == 1)
        copy(from, n, part);
      else if (phases == 2 && group == 1)
        copy_seconds(from, n, part);
      else if (phases == 1 && samples == 2)
        interleave(from, from + sample, n, part);
      else
        for (Index s = 0; s < group; ++s)
          for (Index i = 0; i < n; ++i) part[i * group + s] = s < samples ? from[s * sample + i * phases] : real(0);
    }
  }
}

Convolution mirrored(const Convolution& of) {
  const Window& w = of.window;
  return {{of.filters, w.out_height, w.out_width, w.kernel_height, w.kernel_width, 1, 1, w.kernel_height - 1 - w.pad_height,
           w.kernel_width - 1 - w.pad_width, w.height, w.width},
          w.channels};
}

bool has_direct_mirror(const Convolution& of) {
  const Window& w = of.window;
  return w.stride_height == 1 && w.stride_width == 1 && w.pad_height < w.kernel_height && w.pad_width < w.kernel_width &&
         is_direct(mirrored(of));
}

}  // namespace cambium::CAMBIUM_ISA
