#include "cambium/layers/pooling/window2d.h"

#include <fmt/format.h>

#include <limits>

#include "cambium/framework/base/error.h"

namespace cambium {

namespace {

std::string both(Size2 size) { return fmt::format("{}x{}", size.height, size.width); }

// How much padding on each side lets the kernel fit in one direction.
int missing(int in, int kernel) { return kernel > in ? (kernel - in + 1) / 2 : 0; }

}  // namespace

std::string Size2::str() const { return height == width ? std::to_string(height) : both(*this); }

void check_window(Size2 kernel, Size2 stride, Size2 pad) {
  const auto at_least = [](const char* what, int least, Size2 size, const char* remedy) {
    if (size.height < least || size.width < least)
      throw Error(fmt::format("{} {}: it must be at least {} in both directions", what, size.str(), least), remedy);
  };
  at_least("kernel", 1, kernel, "a kernel of 3");
  at_least("stride", 1, stride, ".stride = 1");
  at_least("pad", 0, pad, ".pad = 0");
}

Window window_over(const Shape& image, Size2 kernel, Size2 stride, Size2 pad) noexcept {
  const auto fits = [](int in, int padding, int size, int step) { return (in + 2 * padding - size) / step + 1; };
  return {.channels = image[0],
          .height = image[1],
          .width = image[2],
          .kernel_height = kernel.height,
          .kernel_width = kernel.width,
          .stride_height = stride.height,
          .stride_width = stride.width,
          .pad_height = pad.height,
          .pad_width = pad.width,
          .out_height = fits(image[1], pad.height, kernel.height, stride.height),
          .out_width = fits(image[2], pad.width, kernel.width, stride.width)};
}

void check_fits(const Shape& image, Size2 kernel, Size2 pad) {
  constexpr long long largest = std::numeric_limits<int>::max();
  const long long height = image[1] + 2LL * pad.height, width = image[2] + 2LL * pad.width;
  if (height > largest || width > largest)
    throw Error(fmt::format("input {} with pad {} on each side has more than 2^31 - 1 rows or columns", image.str(), pad.str()),
                "a smaller .pad");
  if (kernel.height <= height && kernel.width <= width) return;
  const int down = missing(image[1], kernel.height), across = missing(image[2], kernel.width);
  throw Error(fmt::format("input {} is smaller than the kernel {} (pad {})", image.str(), both(kernel), pad.str()),
              fmt::format(".pad = {} or fewer poolings", down > across ? down : across));
}

}  // namespace cambium
