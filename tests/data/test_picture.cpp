#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/images/picture.h"
#include "tests/data/picture_files.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::JpegFile;
using cambium_tests::png_chunk;
using cambium_tests::png_header;
using cambium_tests::PngFile;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Picture decoded(const std::string& file, Transparency transparency = Transparency::on_white) {
  return decode_picture(bytes_of(file), "it", {}, transparency);
}

// Samples drawn from few values, so that a transparent colour is met.
PngFile some_png(int color, int depth, int width, int height, bool interlaced, bool transparent, std::uint64_t seed) {
  PngFile file = {color, depth, width, height, interlaced, {}};
  const Random random = Random(seed).of(static_cast<std::uint64_t>(color * 100 + depth));
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

// What picture.h says of each value, in double.
std::uint8_t expected_at(const PngFile& file, std::size_t pixel, int channel, Transparency transparency) {
  const auto sample = [&](int c) {
    return file.samples[pixel * static_cast<std::size_t>(file.channels()) + static_cast<std::size_t>(c)];
  };
  const auto byte = [](const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const double most = std::pow(2, file.depth) - 1;
  double v = 0, alpha = 1;
  if (file.color == 3) {
    const auto entry = static_cast<std::size_t>(sample(0));
    v = byte(file.palette, 3 * entry + static_cast<std::size_t>(channel)) / 255.0;
    if (entry < file.transparent.size()) alpha = byte(file.transparent, entry) / 255.0;
  } else {
    v = sample(channel) / most;
    if (file.color >= 4) alpha = sample(file.channels() - 1) / most;
    bool is_key = !file.transparent.empty();
    for (int c = 0; is_key && c < file.channels(); ++c) {
      const auto at = static_cast<std::size_t>(2 * c);
      is_key = sample(c) == byte(file.transparent, at) * 256 + byte(file.transparent, at + 1);
    }
    if (is_key) alpha = 0;
  }
  if (transparency != Transparency::ignored) v = v * alpha + (transparency == Transparency::on_white ? 1 - alpha : 0);
  return static_cast<std::uint8_t>(std::floor(std::round(v * 65535) / 257));
}

TEST_CASE("PNG of every kind, with every kind of transparency") {
  struct Kind {
    int color, depth;
  };
  const Kind kinds[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                        {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
  int files = 0;
  for (const Kind& kind : kinds)
    for (const auto& size : {std::pair{1, 1}, {5, 3}, {17, 9}})
      for (const bool interlaced : {false, true})
        for (const bool transparent : {false, true}) {
          const int color = kind.color, depth = kind.depth, width = size.first, height = size.second;
          if (transparent && color >= 4) continue;
          const PngFile file = some_png(color, depth, width, height, interlaced, transparent, static_cast<std::uint64_t>(width));
          const std::string bytes = file.bytes();
          for (const auto t : {Transparency::on_white, Transparency::on_black, Transparency::ignored}) {
            CAPTURE(color);
            CAPTURE(depth);
            CAPTURE(width);
            const Picture picture = decoded(bytes, t);
            REQUIRE(picture.shape() == Shape{color == 0 || color == 4 ? 1 : 3, height, width});
            const auto plane = static_cast<std::size_t>(width * height);
            int wrong = 0;
            for (std::size_t i = 0; i < picture.bytes.size(); ++i)
              wrong += picture.bytes[i] != expected_at(file, i % plane, static_cast<int>(i / plane), t);
            CHECK(wrong == 0);
          }
          ++files;
        }
  CHECK(files == 156);
}

TEST_CASE("16 bits are rounded once with the background, and cut off in the end") {
  const auto gray = [](int value, int alpha, Transparency t) {
    return static_cast<int>(decoded(PngFile{4, 16, 1, 1, false, {value, alpha}}.bytes(), t).bytes[0]);
  };
  CHECK(gray(25700, 65534, Transparency::on_black) == 100);  // 25699.6 is 25700, which is 100 * 257
  CHECK(gray(25700, 65533, Transparency::on_black) == 99);   // 25699.2 is 25699
  CHECK(gray(25699, 65535, Transparency::on_black) == 99);
  CHECK(gray(0, 32768, Transparency::on_white) == 127);  // 32767
  CHECK(gray(25700, 0, Transparency::ignored) == 100);
}

std::vector<std::uint8_t> slope(int width, int height, int channels) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) pixels.push_back(static_cast<std::uint8_t>(40 + 3 * x * (c + 1) / 2 + 2 * y));
  return pixels;
}

TEST_CASE("JPEG: gray and colours, every sampling, sequential and progressive") {
  for (const int channels : {1, 3})
    for (const bool full : {false, true})
      for (const bool progressive : {false, true}) {
        CAPTURE(channels);
        CAPTURE(full);
        CAPTURE(progressive);
        const JpegFile file = {channels, 37, 21, slope(37, 21, channels), full, progressive};
        const Picture picture = decoded(file.bytes());
        REQUIRE(picture.shape() == Shape{channels, 21, 37});
        int worst = 0;
        for (std::size_t i = 0; i < file.pixels.size(); ++i) {
          const std::size_t at = i / static_cast<std::size_t>(channels) + i % static_cast<std::size_t>(channels) * 37 * 21;
          worst = std::max(worst, std::abs(file.pixels[i] - picture.bytes[at]));
        }
        CHECK(worst <= (full || channels == 1 ? 4 : 12));
      }
}

TEST_CASE("a picture comes back from PNG as it was written, and the header alone has its shape") {
  const TempFolder folder;
  const std::string path = folder.file("a.png");
  for (const int channels : {1, 3}) {
    Picture picture = {channels, 7, 13, slope(13, 7, channels)};
    write_png(path, picture);
    CHECK(read_picture(path) == picture);
    CHECK(picture_shape(path) == Shape{channels, 7, 13});
    CHECK(bytes_of(read_bytes(path)) == encode_png(picture, "it"));
  }
  CHECK_THROWS_WITH_AS(write_png(folder.file("no/such/a.png"), {1, 1, 1, {0}}), Contains("cannot be written"), Error);
  for (const Picture& bad : {Picture{2, 1, 1, {0, 0}}, Picture{1, 0, 1, {}}, Picture{1, 1, -1, {0}}, Picture{3, 2, 1, {1, 2, 3}},
                             Picture{1, 1, 1, {1, 2}}, Picture{1, 65536, 65536, {}}})
    CHECK_THROWS_WITH_AS(write_png(folder.file("b.png"), bad), Contains("1 or 3 channels x height x width"), Error);
  CHECK(!std::filesystem::exists(folder.file("b.png")));
}

TEST_CASE("a picture is known by its first bytes, and a long header is read to its end") {
  const TempFolder folder;
  const std::string path = folder.file("a.png"), jpeg = JpegFile{1, 3, 2, slope(3, 2, 1)}.bytes();
  write_bytes(path, jpeg);
  CHECK(picture_shape(path) == Shape{1, 2, 3});
  // APP1 as long as they get, three times: the sizes come after 192 KB
  std::string segment = std::string("\xff\xe1\xff\xff", 4) + std::string(65533, 'x');
  write_bytes(path, jpeg.substr(0, 2) + segment + segment + segment + jpeg.substr(2));
  CHECK(picture_shape(path) == Shape{1, 2, 3});
  CHECK(read_picture(path) == decoded(jpeg));
  write_bytes(path, jpeg.substr(0, 2) + "\xff\xff\xff" + jpeg.substr(2));  // any number of them may stand before a marker
  CHECK(read_picture(path) == decoded(jpeg));
  write_bytes(path, jpeg + "what comes behind the end is passed over");
  CHECK(read_picture(path) == decoded(jpeg));
}

TEST_CASE("what is no part of the pixels is passed over: text, gamma, a profile that makes no sense") {
  PngFile file = some_png(2, 8, 5, 4, false, false, 3);
  const Picture plain = decoded(file.bytes());
  file.before_data = png_chunk("gAMA", std::string("\0\1\x86\xa0", 4)) + png_chunk("iCCP", std::string("x\0\0zzz", 6)) +
                     png_chunk("zTXt", "broken") + png_chunk("vpAg", "unknown");
  CHECK(decoded(file.bytes()) == plain);
}

TEST_CASE("a file that is cut off anywhere is refused, and one with any bit turned around in PNG") {
  const std::string files[] = {some_png(3, 4, 9, 5, false, true, 1).bytes(), some_png(6, 16, 3, 4, true, false, 1).bytes(),
                               JpegFile{3, 9, 9, slope(9, 9, 3)}.bytes(), JpegFile{1, 9, 9, slope(9, 9, 1), false, true}.bytes()};
  for (const std::string& file : files) {
    CHECK_NOTHROW(decoded(file));
    for (std::size_t n = 0; n < file.size(); ++n) {
      CAPTURE(n);
      CHECK_THROWS_WITH_AS(decoded(file.substr(0, n)), Contains("it: "), Error);
    }
    int refused = 0, all = 0;
    for (std::size_t at = 0; at < file.size(); ++at)
      for (int bit = 0; bit < 8; bit += 3, ++all) {
        std::string damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
        try {
          decoded(damaged);
        } catch (const Error&) {
          ++refused;
        }
      }
    CHECK((file[0] == '\x89' ? refused == all : refused > all / 5));
  }
}

// The frame header of a JPEG with something put into it.
std::string jpeg_with(std::size_t at, const std::string& bytes,
                      const std::string& file = JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes()) {
  const std::size_t frame = file.find("\xff\xc0");
  return std::string(file).replace(frame + at, bytes.size(), bytes);
}

struct Wrong {
  std::string file;
  const char* why;
};

std::vector<Wrong> wrong_headers() {
  const auto big_promise = png_header(9000, 9000, 8, 2) + png_chunk("IDAT", "");
  return {
      {"", "is empty"},
      {"GIF89a and more bytes", "begins with 47 49 46 38 (GIF): PNG files begin with 89 50 4e 47"},
      {"BM6 and more bytes", "(BMP)"},
      {std::string("RIFF\0\0\0\0WEBPVP8 ", 16), "(WebP)"},
      {std::string("II*\0 and more bytes", 19), "(TIFF)"},
      {std::string("\0\0\0\x18"
                   "ftypheic",
                   12),
       "(HEIC, AVIF or video)"},
      {"<!DOCTYPE html>", "(a web page, or SVG)"},
      {"\x1f\x8b packed bytes", "(packed by gzip)"},
      {"\x01\x02", "begins with 01 02: "},
      {"\x89PNG\n\n\x1a\n and more than 33 bytes of a file", "the signature of PNG is damaged"},
      {std::string("\x89PNG\r\n\x1a\n", 8) + png_chunk("IDAT", std::string(40, 'x')), "its header is damaged"},
      {png_header(3, 3, 8, 2).replace(17, 1, "\x7f"), "or its checksum is wrong"},
      {png_header(0, 3, 8, 2), "0 x 3 pixels"},
      {png_header(3, 0x80000000u, 8, 2), "3 x 2147483648 pixels"},
      {png_header(3, 3, 8, 5), "colour type 5 with 8 bits"},
      {png_header(3, 3, 3, 0), "colour type 0 with 3 bits"},
      {png_header(100001, 1000, 1, 0), "100001 x 1000 pixels (width x height), and 100000000 pixels are allowed"},
      {png_header(0x7fffffff, 0x7fffffff, 8, 2), "are allowed"},
      {big_promise, "promises 9000 x 9000 pixels (width x height), and a file of 45 bytes cannot hold them"},
      {png_header(3, 3, 8, 2).substr(0, 20), "ends inside its header, after 20 bytes"},
      {"\xff\xd8\xff", "ends inside its header"},
      {"\xff\xd8\xffz and more", "marker ff 7a comes before the sizes"},
      {std::string("\xff\xd8\xff\xe0\0\4xxyyyy and more", 20), "byte 8 of the file is 79, where ff and a marker must be"},
      {std::string("\xff\xd8\xff\xe0\0\1xx and more", 17), "marker ff e0 comes before the sizes"},
      {std::string("\xff\xd8\xff\xda\0\4xx and more", 17), "marker ff da comes before the sizes"},
      {jpeg_with(1, "\xc3"), "lossless or hierarchical JPEG"},
      {jpeg_with(1, "\xc9"), "JPEG with arithmetic coding"},
      {jpeg_with(4, "\x0c"), "JPEG of 12 bits a sample"},
      {jpeg_with(9, "\x02"), "JPEG of 2 channels"},
      {jpeg_with(5, std::string("\0\0", 2)), "9 x 0 pixels"},
      {jpeg_with(5, "\x7f\xff\x7f\xff"), "are allowed"},
      {jpeg_with(5, "\x20\x20\x20\x20"), "cannot hold them"},
      {JpegFile{4, 9, 9, slope(9, 9, 4)}.bytes(), "CMYK"},
  };
}

std::vector<Wrong> wrong_data() {
  const PngFile palette = some_png(3, 8, 4, 4, false, false, 1);
  PngFile beyond = palette, no_palette = palette, bad_chunk = palette, two = palette;
  beyond.samples[5] = 7;
  no_palette.palette = "";
  bad_chunk.before_data = png_chunk("tEXt", "a\0b");
  bad_chunk.before_data.back() ^= 1;
  two.before_data = png_header(5, 5, 8, 3).substr(8);
  const std::string jpeg = JpegFile{1, 9, 9, slope(9, 9, 1)}.bytes(),
                    progressive = JpegFile{1, 9, 9, slope(9, 9, 1), true, true}.bytes();
  const std::string end = "\xff\xd9", scan = progressive.substr(progressive.rfind("\xff\xda"));
  std::string scans = progressive.substr(0, progressive.size() - 2);
  for (int i = 0; i < 200; ++i) scans += scan.substr(0, scan.size() - 2);
  std::string garbage = jpeg;
  garbage.insert(garbage.size() - 2, "\xff\x02zz");
  return {
      {beyond.bytes(), "a colour that is not in its palette"},
      {no_palette.bytes(), "its PNG data is damaged"},
      {bad_chunk.bytes(), "CRC error"},
      {two.bytes(), "its PNG data is damaged"},
      {palette.bytes_of(palette.rows().substr(0, 15)), "its PNG data is damaged"},
      {palette.bytes_of(palette.rows() + "more"), "its PNG data is damaged"},
      {palette.bytes_of("\x09" + palette.rows().substr(1)), "its PNG data is damaged"},
      {palette.bytes().substr(0, palette.bytes().size() - 12), "it is cut off"},
      {png_header(3, 3, 8, 0) + png_chunk("IDAT", "no zlib data") + png_chunk("IEND", ""), "its PNG data is damaged"},
      {jpeg.substr(0, jpeg.size() - 2), "its JPEG data is damaged (Premature end of JPEG file)"},
      {jpeg.substr(0, jpeg.size() - 12) + end, "its JPEG data is damaged"},
      {garbage, "its JPEG data is damaged"},
      {jpeg.substr(0, 2) + jpeg.substr(jpeg.find("\xff\xc0")), "its JPEG data is damaged"},  // without its quantization table
      {scans + end, "its JPEG data is damaged"},
  };
}

TEST_CASE("every wrong file has a message that says what was found") {
  const TempFolder folder;
  const std::string path = folder.file("a.png");
  int count = 0;
  for (const auto& list : {wrong_headers(), wrong_data()})
    for (const Wrong& wrong : list) {
      const char* const why = wrong.why;
      CAPTURE(why);
      write_bytes(path, wrong.file);
      CHECK_THROWS_WITH_AS(read_picture(path), Contains(why), Error);
      CHECK_THROWS_WITH_AS(read_picture(path), Contains((path + ": ").c_str()), Error);
      CHECK_THROWS_WITH_AS(decoded(wrong.file), Contains(why), Error);
      ++count;
    }
  for (const Wrong& wrong : wrong_headers()) {
    const char* const why = wrong.why;
    CAPTURE(why);
    write_bytes(path, wrong.file);
    CHECK_THROWS_WITH_AS(picture_shape(path), Contains(why), Error);
  }
  CHECK(count == 47);
}

TEST_CASE("what is no file, and limits") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(read_picture(folder.file("nothing")), Contains("No such file"), Error);
  CHECK_THROWS_WITH_AS(read_picture(folder.path()), Contains("is not a regular file but a folder"), Error);
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(picture_shape(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  write_png(folder.file("a"), {1, 5, 4, std::vector<std::uint8_t>(20)});
  const auto bytes = std::filesystem::file_size(folder.file("a"));
  REQUIRE(bytes == 68);
  CHECK_NOTHROW(read_picture(folder.file("a"), {.pixels = 20, .file_bytes = bytes}));
  CHECK_THROWS_WITH_AS(read_picture(folder.file("a"), {.pixels = 19}), Contains("and 19 pixels are allowed; try a smaller copy"),
                       Error);
  CHECK_THROWS_WITH_AS(read_picture(folder.file("a"), {.pixels = -1}), Contains("and 0 pixels are allowed"), Error);
  CHECK_THROWS_WITH_AS(picture_shape(folder.file("a"), {.file_bytes = bytes - 1}), Contains("68 bytes, and 67 are allowed"), Error);
}

}  // namespace
}  // namespace cambium
