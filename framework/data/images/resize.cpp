#include "cambium/framework/data/images/resize.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/parts/picture_impl.h"

namespace cambium {
namespace {

// What one new pixel takes of old ones along one direction: from `first` on, these parts of the direction's total.
struct Taps {
  std::size_t first;
  std::vector<std::uint64_t> parts;
};
struct Direction {
  std::vector<Taps> taps;
  std::uint64_t total;
};

// In units of 1 / to of an old pixel an old one is `to` long and a new one `from`, so what they share is a whole number.
Direction averages(std::uint64_t from, std::uint64_t to) {
  Direction all = {{}, from};
  for (std::uint64_t i = 0; i < to; ++i) {
    const std::uint64_t begin = i * from, end = begin + from;
    Taps taps = {static_cast<std::size_t>(begin / to), {}};
    for (std::uint64_t old = taps.first; old * to < end; ++old)
      taps.parts.push_back(std::min(end, (old + 1) * to) - std::max(begin, old * to));
    all.taps.push_back(std::move(taps));
  }
  return all;
}

// In units of 1 / (2 to) the centre of a new pixel lies at (2 i + 1) from, and those of old ones at (2 k + 1) to.
Direction interpolations(std::uint64_t from, std::uint64_t to) {
  Direction all = {{}, 2 * to};
  for (std::uint64_t i = 0; i < to; ++i) {
    const std::uint64_t at = std::clamp((2 * i + 1) * from, to, (2 * from - 1) * to) - to;
    const std::uint64_t right = at % all.total;
    Taps taps = {static_cast<std::size_t>(at / all.total), {all.total - right}};
    if (right > 0) taps.parts.push_back(right);
    all.taps.push_back(std::move(taps));
  }
  return all;
}

Direction direction(int from, int to) {
  const auto f = static_cast<std::uint64_t>(from), t = static_cast<std::uint64_t>(to);
  return to <= from ? averages(f, t) : interpolations(f, t);
}

void add_row(const std::uint8_t* from, const Direction& across, std::uint64_t part, std::vector<std::uint64_t>& sums) {
  for (std::size_t x = 0; x < sums.size(); ++x) {
    const Taps& taps = across.taps[x];
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < taps.parts.size(); ++k) sum += taps.parts[k] * from[taps.first + k];
    sums[x] += part * sum;
  }
}

void check(const Picture& picture, int height, int width) {
  constexpr int most = 65535;  // so that sums have room in 64 bits
  check_picture(picture, "resize");
  if (height < 1 || width < 1 || height > most || width > most)
    throw Error("resize: " + std::to_string(height) + " x " + std::to_string(width) + " (height x width), and each is from 1 to " +
                    std::to_string(most),
                "another size");
}

// The part of a picture from (top, left) on.
Picture part_of(const Picture& picture, int top, int left, int height, int width) {
  Picture part = {picture.channels, height, width, {}};
  part.bytes.reserve(as_size(part.shape().size()));
  for (int c = 0; c < picture.channels; ++c)
    for (int y = top; y < top + height; ++y) {
      const auto* from = picture.bytes.data() + (as_size(c) * as_size(picture.height) + as_size(y)) * as_size(picture.width) + left;
      part.bytes.insert(part.bytes.end(), from, from + width);
    }
  return part;
}

// n * times / by, rounded, at least 1 and at most `most`.
int scaled(int n, int times, int by, int most) {
  const std::int64_t rounded = (2 * std::int64_t{n} * times + by) / (2 * std::int64_t{by});
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 1, most));
}

}  // namespace

Picture with_channels(Picture picture, int channels) {
  check_picture(picture, "picture");
  if (channels != 1 && channels != 3)
    throw Error("picture: " + std::to_string(channels) + " channels are asked for, and there are 1 or 3",
                "1 for gray, 3 for colour");
  if (channels == picture.channels) return picture;
  const auto plane = as_size(picture.height) * as_size(picture.width);
  if (channels == 1) {
    for (std::size_t i = 0; i < plane; ++i) {
      const std::uint32_t r = picture.bytes[i], g = picture.bytes[plane + i], b = picture.bytes[2 * plane + i];
      picture.bytes[i] = static_cast<std::uint8_t>((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
    }
    picture.bytes.resize(plane);
  } else {
    picture.bytes.resize(3 * plane);
    for (std::size_t c = 1; c < 3; ++c) std::copy_n(picture.bytes.data(), plane, picture.bytes.data() + c * plane);
  }
  picture.channels = channels;
  return picture;
}

Picture resized(const Picture& picture, int height, int width) {
  check(picture, height, width);
  if (height == picture.height && width == picture.width) return picture;
  const Direction across = direction(picture.width, width), down = direction(picture.height, height);
  const std::uint64_t total = across.total * down.total;
  Picture other = {picture.channels, height, width, {}};
  other.bytes.reserve(as_size(other.shape().size()));
  std::vector<std::uint64_t> sums(as_size(width));
  for (int c = 0; c < picture.channels; ++c)
    for (const Taps& rows : down.taps) {
      std::fill(sums.begin(), sums.end(), 0);
      const std::uint8_t* from =
          picture.bytes.data() + (as_size(c) * as_size(picture.height) + rows.first) * as_size(picture.width);
      for (const std::uint64_t part : rows.parts) add_row(from, across, part, sums), from += picture.width;
      for (const std::uint64_t sum : sums) other.bytes.push_back(static_cast<std::uint8_t>((sum + total / 2) / total));
    }
  return other;
}

Picture centre_of(const Picture& picture, int height, int width) {
  check(picture, height, width);
  const bool too_wide = std::int64_t{picture.width} * height > std::int64_t{picture.height} * width;
  const int w = too_wide ? scaled(picture.height, width, height, picture.width) : picture.width;
  const int h = too_wide ? picture.height : scaled(picture.width, height, width, picture.height);
  return part_of(picture, (picture.height - h) / 2, (picture.width - w) / 2, h, w);
}

Picture fitted(Picture picture, const Shape& to, Fit fit, const std::string& who) {
  const int height = to[1], width = to[2];
  const bool fits = picture.height == height && picture.width == width;
  if (!fits && fit == Fit::refuse)
    throw Error(who + ": " + std::to_string(picture.width) + " x " + std::to_string(picture.height) +
                    " pixels (width x height), and " + std::to_string(width) + " x " + std::to_string(height) + " are needed",
                "Fit::resize or Fit::crop, or a picture of that size");
  if (!fits && fit == Fit::crop) picture = centre_of(picture, height, width);
  if (!fits) picture = resized(picture, height, width);
  return with_channels(std::move(picture), to[0]);
}

}  // namespace cambium
