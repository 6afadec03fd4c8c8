// PNG and JPEG files for tests, the first written by hand and the second by libjpeg.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cambium_tests {

// Samples as they lie in a PNG file of these kinds: pixel after pixel, each 0 .. 2^depth - 1.
struct PngFile {
  int color = 0, depth = 8, width = 1, height = 1;  // colour type: 0 gray, 2 RGB, 3 palette, 4 gray and 6 RGB with alpha
  bool interlaced = false;
  std::vector<int> samples;
  std::string palette = "", transparent = "", before_data = "";  // contents of PLTE and tRNS; whole chunks

  int channels() const { return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1; }
  std::string rows() const;                             // as they are packed, each with filter 0, 1 or 2 in turn
  std::string bytes() const;                            // of the whole file
  std::string bytes_of(const std::string& rows) const;  // with other rows than its own
};

// Samples drawn from few values, so that a transparent colour is met.
PngFile some_png(int color, int depth, int width, int height, bool interlaced, bool transparent, std::uint64_t seed);

std::string png_chunk(const std::string& kind, const std::string& contents);
std::string png_header(std::uint32_t width, std::uint32_t height, int depth, int color);  // signature and IHDR

// A JPEG of these pixels (channels last; 1 gray, 3 RGB, 4 CMYK), its chroma at half the width and height unless `full`.
struct JpegFile {
  int channels = 3, width = 1, height = 1;
  std::vector<std::uint8_t> pixels;
  bool full = false, progressive = false;
  int quality = 95;

  std::string bytes() const;
};

// EXIF, as a camera writes it into APP1: an orientation in a directory with other entries, and anything about it wrong.
struct Exif {
  std::uint32_t orientation = 1, tag = 0x0112, type = 3, count = 1, magic = 42;
  bool low_first = false;           // of the bytes of a number
  int before = 0, after = 0;        // other entries
  std::uint32_t place = 8;          // of the directory; what is before it is empty
  std::int64_t written_place = -1;  // in the place of that, and of the number of entries
  std::int64_t entries = -1;

  std::string directory() const;
  std::string bytes() const;  // all contents of APP1
};

// A JPEG with this as its first segment.
std::string with_app1(const std::string& jpeg, const std::string& contents);

// Pixels that change from place to place.
std::vector<std::uint8_t> slope(int width, int height, int channels);

}  // namespace cambium_tests
