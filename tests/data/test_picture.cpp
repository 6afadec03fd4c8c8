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
using cambium_tests::PngFile;
using cambium_tests::read_bytes;
using cambium_tests::slope;
using cambium_tests::some_png;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Picture decoded(const std::string& file, Transparency transparency = Transparency::on_white) {
  return decode_picture(bytes_of(file), "it", {}, transparency);
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

// Larger than what is taken without a look at the data, and than one piece of it.
TEST_CASE("large pictures that are packed well") {
  constexpr int width = 500, height = 700;
  for (const int color : {0, 2, 6})
    for (const bool interlaced : {false, true}) {
      PngFile file = {color, 16, width, height, interlaced, {}};
      for (int i = 0; i < width * height; ++i)
        for (int c = 0; c < file.channels(); ++c) file.samples.push_back(c == 3 ? 65535 : (i / width % 3 + c) * 257);
      const Picture picture = decoded(file.bytes());
      CHECK(picture.shape() == Shape{color == 0 ? 1 : 3, height, width});
      int wrong = 0;
      for (std::size_t i = 0; i < picture.bytes.size(); ++i) {
        const std::size_t pixel = i % (width * height), channel = i / (width * height);
        wrong += picture.bytes[i] != pixel / width % 3 + channel;
      }
      CHECK(wrong == 0);
    }
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < width * height; ++i)
    for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<std::uint8_t>(100 + 20 * c + i / width / 7));
  for (const bool progressive : {false, true}) {
    const Picture picture = decoded(JpegFile{3, width, height, pixels, true, progressive}.bytes());
    int worst = 0;
    for (int i = 0; i < width * height * 3; ++i)
      worst = std::max(worst, std::abs(picture.bytes[static_cast<std::size_t>(i % 3 * width * height + i / 3)] -
                                       pixels[static_cast<std::size_t>(i)]));
    CHECK(worst <= 5);
  }
}

TEST_CASE("what is no part of the pixels is passed over: text, gamma, a profile that makes no sense") {
  PngFile file = some_png(2, 8, 5, 4, false, false, 3);
  const Picture plain = decoded(file.bytes());
  file.before_data = png_chunk("gAMA", std::string("\0\1\x86\xa0", 4)) + png_chunk("iCCP", std::string("x\0\0zzz", 6)) +
                     png_chunk("zTXt", "broken") + png_chunk("vpAg", "unknown");
  CHECK(decoded(file.bytes()) == plain);

  std::string jpeg = JpegFile{3, 9, 9, slope(9, 9, 3)}.bytes();
  const Picture before = decoded(jpeg);
  jpeg[jpeg.find("JFIF") + 5] = 2;  // a version that nobody has
  CHECK(decoded(jpeg) == before);
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
