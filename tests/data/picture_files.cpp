#include "tests/data/picture_files.h"

// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>  // does not include what it needs
// clang-format on
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "cambium/framework/base/random.h"

namespace cambium_tests {
namespace {

std::string big(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 255);
  return text;
}

std::string packed(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, 0);
  if (compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
               static_cast<uLong>(bytes.size())) != Z_OK)
    throw std::runtime_error("compress");
  return out.substr(0, size);
}

// A row of every `step`th pixel from x0 on.
std::string row_of(const PngFile& file, int y, int x0, int step) {
  std::string row;
  unsigned bits = 0;
  int held = 0;
  for (int x = x0; x < file.width; x += step)
    for (int c = 0; c < file.channels(); ++c) {
      const int sample = file.samples[static_cast<std::size_t>((y * file.width + x) * file.channels() + c)];
      if (file.depth == 16) row += static_cast<char>(sample >> 8);
      if (file.depth >= 8) {
        row += static_cast<char>(sample & 255);
        continue;
      }
      bits = bits << file.depth | static_cast<unsigned>(sample), held += file.depth;
      if (held == 8) row += static_cast<char>(bits), bits = 0, held = 0;
    }
  if (held > 0) row += static_cast<char>(bits << (8 - held));
  return row;
}

void add_rows(const PngFile& file, int x0, int y0, int dx, int dy, std::string& all) {
  std::string before;
  if (x0 >= file.width) return;
  for (int y = y0; y < file.height; y += dy) {
    const std::string row = row_of(file, y, x0, dx);
    const int filter = y / dy % 3;
    all += static_cast<char>(filter);
    const auto step = static_cast<std::size_t>(file.depth < 8 ? 1 : file.channels() * file.depth / 8);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char left = i >= step ? row[i - step] : '\0', above = before.empty() ? '\0' : before[i];
      all += static_cast<char>(row[i] - (filter == 1 ? left : filter == 2 ? above : 0));
    }
    before = row;
  }
}

std::string number(std::uint32_t value, std::size_t bytes, bool low_first) {
  std::string text = big(value).substr(4 - bytes);
  if (low_first) std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace

std::string png_chunk(const std::string& kind, const std::string& contents) {
  const std::string body = kind + contents;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big(static_cast<std::uint32_t>(contents.size())) + body + big(static_cast<std::uint32_t>(sum));
}

std::string png_header(std::uint32_t width, std::uint32_t height, int depth, int color) {
  const std::string kind = {static_cast<char>(depth), static_cast<char>(color), 0, 0, 0};
  return std::string("\x89PNG\r\n\x1a\n", 8) + png_chunk("IHDR", big(width) + big(height) + kind);
}

std::string PngFile::rows() const {
  std::string all;
  if (!interlaced) add_rows(*this, 0, 0, 1, 1, all);
  constexpr int passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  for (const auto& [x0, y0, dx, dy] : passes)
    if (interlaced) add_rows(*this, x0, y0, dx, dy, all);
  return all;
}

std::string PngFile::bytes_of(const std::string& some) const {
  const std::string kind = {static_cast<char>(depth), static_cast<char>(color), 0, 0, static_cast<char>(interlaced)};
  std::string file("\x89PNG\r\n\x1a\n", 8);
  file += png_chunk("IHDR", big(static_cast<std::uint32_t>(width)) + big(static_cast<std::uint32_t>(height)) + kind);
  if (!palette.empty()) file += png_chunk("PLTE", palette);
  if (!transparent.empty()) file += png_chunk("tRNS", transparent);
  return file + before_data + png_chunk("IDAT", packed(some)) + png_chunk("IEND", "");
}

std::string PngFile::bytes() const { return bytes_of(rows()); }

PngFile some_png(int color, int depth, int width, int height, bool interlaced, bool transparent, std::uint64_t seed) {
  PngFile file = {color, depth, width, height, interlaced, {}};
  const cambium::Random random = cambium::Random(seed).of(static_cast<std::uint64_t>(color * 100 + depth));
  const std::uint64_t values = std::uint64_t{1} << depth;
  const auto draw = [&](std::uint64_t at, std::uint64_t below) { return static_cast<int>(random.below(at, below)); };
  const std::uint64_t pixels = static_cast<std::uint64_t>(width * height);
  for (std::uint64_t i = 0; i < pixels; ++i) {
    const std::uint64_t pick = random.below(i, 6);  // pixels of the same pick are the same
    for (int c = 0; c < file.channels(); ++c)
      file.samples.push_back(
          draw(1000 + pick * 8 + static_cast<std::uint64_t>(c), color == 3 ? std::min<std::uint64_t>(values, 7) : values));
  }
  for (std::uint64_t i = 0; color == 3 && i < 3 * std::min<std::uint64_t>(values, 7); ++i)
    file.palette += static_cast<char>(draw(2000 + i, 256));
  for (std::uint64_t i = 0; transparent && color == 3 && i < std::min<std::uint64_t>(values, 5); ++i)
    file.transparent += static_cast<char>(draw(3000 + i, 256));
  for (int c = 0; transparent && color < 3 && c < file.channels(); ++c) {
    const int sample = file.samples[static_cast<std::size_t>(c)];
    file.transparent += {static_cast<char>(sample >> 8), static_cast<char>(sample & 255)};
  }
  return file;
}

std::vector<std::uint8_t> slope(int width, int height, int channels) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) pixels.push_back(static_cast<std::uint8_t>(40 + 3 * x * (c + 1) / 2 + 2 * y));
  return pixels;
}

std::string JpegFile::bytes() const {
  jpeg_compress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = static_cast<unsigned>(width), jpeg.image_height = static_cast<unsigned>(height);
  jpeg.input_components = channels;
  jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (full) jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
  if (progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (int y = 0; y < height; ++y) {
    auto* row = const_cast<std::uint8_t*>(pixels.data()) + static_cast<std::size_t>(y * width * channels);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string file(reinterpret_cast<const char*>(memory), size);
  std::free(memory);
  return file;
}

std::string Exif::directory() const {
  const auto two = [&](std::uint32_t value) { return number(value, 2, low_first); };
  const auto four = [&](std::uint32_t value) { return number(value, 4, low_first); };
  const auto some = [&](int how_many) {
    std::string text;
    for (int i = 0; i < how_many; ++i) text += two(0x011a) + two(3) + four(1) + two(static_cast<std::uint32_t>(i)) + two(0);
    return text;
  };
  const std::int64_t all = before + 1 + after;
  return two(static_cast<std::uint32_t>(entries < 0 ? all : entries)) + some(before) + two(tag) + two(type) + four(count) +
         two(orientation) + two(0) + some(after) + four(0);
}

std::string Exif::bytes() const {
  std::string text("Exif\0\0", 6);
  text += low_first ? "II" : "MM";
  text += number(magic, 2, low_first) + number(written_place < 0 ? place : static_cast<std::uint32_t>(written_place), 4, low_first);
  return text + std::string(place - 8, '\0') + directory();
}

std::string with_app1(const std::string& jpeg, const std::string& contents) {
  const std::string length = number(static_cast<std::uint32_t>(contents.size() + 2), 2, false);
  return jpeg.substr(0, 2) + "\xff\xe1" + length + contents + jpeg.substr(2);
}

}  // namespace cambium_tests
