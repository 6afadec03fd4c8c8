// What the layers that slide a window over an image share: sizes in two directions, and how often the window fits.
#pragma once

#include <string>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/kernels/window.h"

namespace cambium {

// A size in both directions: `.kernel = 5` is {5, 5}; {height, width} where they differ.
struct Size2 {
  int height = 1, width = 1;

  constexpr Size2(int both) : height(both), width(both) {}  // NOLINT: meant to be implicit
  constexpr Size2(int h, int w) : height(h), width(w) {}

  std::string str() const;  // "5", "3x5"
  friend constexpr bool operator==(const Size2&, const Size2&) = default;
};

// Throws Error unless kernel and stride are at least 1 and pad at least 0, in both directions.
void check_window(Size2 kernel, Size2 stride, Size2 pad);

// The window over images of this shape; out = floor((in + 2 pad - kernel) / stride) + 1 in either direction.
// Meaningful only for what check_fits has let through.
Window window_over(const Shape& image, Size2 kernel, Size2 stride, Size2 pad) noexcept;

// Throws Error when the kernel is larger than the padded image.
void check_fits(const Shape& image, Size2 kernel, Size2 pad);

}  // namespace cambium
