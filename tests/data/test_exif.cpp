// Pictures that are turned as their EXIF says.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/images/parts/exif.h"
#include "cambium/framework/data/images/picture.h"
#include "tests/data/picture_files.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::Exif;
using cambium_tests::JpegFile;
using cambium_tests::png_chunk;
using cambium_tests::PngFile;
using cambium_tests::slope;
using cambium_tests::some_png;
using cambium_tests::TempFolder;
using cambium_tests::with_app1;
using cambium_tests::write_bytes;
using doctest::Contains;

Picture decoded(const std::string& file) { return decode_picture(std::vector<std::uint8_t>(file.begin(), file.end()), "it"); }

std::string turned(const std::string& jpeg, int orientation, bool low_first = false) {
  return with_app1(jpeg, Exif{.orientation = static_cast<std::uint32_t>(orientation), .low_first = low_first}.bytes());
}

// By hand: what is stored of height h and width w at (y, x), for the pixel that is seen at (row, column).
struct Stored {
  int y, x;
};
Stored stored_at(int orientation, int row, int column, int h, int w) {
  switch (orientation) {
    case 1: return {row, column};
    case 2: return {row, w - 1 - column};
    case 3: return {h - 1 - row, w - 1 - column};
    case 4: return {h - 1 - row, column};
    case 5: return {column, row};
    case 6: return {h - 1 - column, row};
    case 7: return {h - 1 - column, w - 1 - row};
    default: return {column, w - 1 - row};
  }
}

// How many values of `seen` are not those that `stored` has in their place.
int wrong_values(const Picture& seen, const Picture& stored, int orientation) {
  const auto value = [](const Picture& picture, int c, int y, int x) {
    return picture.bytes[static_cast<std::size_t>((c * picture.height + y) * picture.width + x)];
  };
  int wrong = 0;
  for (int c = 0; c < seen.channels; ++c)
    for (int y = 0; y < seen.height; ++y)
      for (int x = 0; x < seen.width; ++x) {
        const Stored from = stored_at(orientation, y, x, stored.height, stored.width);
        wrong += value(seen, c, y, x) != value(stored, c, from.y, from.x);
      }
  return wrong;
}

// Black, dark, light and white: the corners of what is stored, from the left and from above.
TEST_CASE("EXIF: the four corners of a picture in all eight orientations, in both orders of bytes") {
  constexpr int width = 24, height = 16;
  JpegFile file = {1, width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) file.pixels.push_back(static_cast<std::uint8_t>((y < 8 ? 0 : 160) + (x < 16 ? 0 : 80)));
  const std::string jpeg = file.bytes();
  constexpr const char* seen[] = {"abcd", "badc", "dcba", "cdab", "acbd", "cadb", "dbca", "bdac"};
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool low_first : {false, true}) {
      CAPTURE(orientation);
      CAPTURE(low_first);
      const Picture picture = decoded(turned(jpeg, orientation, low_first));
      REQUIRE(picture.shape() == (orientation < 5 ? Shape{1, height, width} : Shape{1, width, height}));
      const std::size_t row = static_cast<std::size_t>(picture.width), end = picture.bytes.size();
      std::string corners;
      for (const std::size_t at : {std::size_t{0}, row - 1, end - row, end - 1})
        corners += static_cast<char>('a' + (picture.bytes[at] + 40) / 80);
      CHECK(corners == seen[orientation - 1]);
    }
}

// The last is larger than one piece of what a reader holds, in whose middle a row goes on.
TEST_CASE("EXIF: every pixel of gray and colours, sequential and progressive") {
  const JpegFile files[] = {{1, 37, 21, slope(37, 21, 1)}, {3, 37, 21, slope(37, 21, 3)}, {3, 9, 21, slope(9, 21, 3), true, true},
                            {3, 1, 5, slope(1, 5, 3)},     {3, 1, 1, slope(1, 1, 3)},     {3, 401, 299, slope(401, 299, 3)}};
  for (const JpegFile& file : files) {
    const std::string jpeg = file.bytes();
    const Picture stored = decoded(jpeg);
    REQUIRE(stored.shape() == Shape{file.channels, file.height, file.width});
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(orientation);
      const Picture seen = decoded(turned(jpeg, orientation));
      CHECK(seen.shape() ==
            Shape{file.channels, orientation < 5 ? file.height : file.width, orientation < 5 ? file.width : file.height});
      CHECK(seen.bytes.size() == stored.bytes.size());
      CHECK(wrong_values(seen, stored, orientation) == 0);
    }
  }
}

TEST_CASE("EXIF: the shape by the header alone, and limits, are those of the turned picture") {
  const TempFolder folder;
  const std::string path = folder.file("a.jpg"), jpeg = JpegFile{3, 13, 7, slope(13, 7, 3)}.bytes();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    write_bytes(path, turned(jpeg, orientation));
    CHECK(picture_shape(path) == (orientation < 5 ? Shape{3, 7, 13} : Shape{3, 13, 7}));
    CHECK(read_picture(path, {.pixels = 91}) == decoded(turned(jpeg, orientation)));
    CHECK_THROWS_WITH_AS(read_picture(path, {.pixels = 90}), Contains("and 90 pixels are allowed"), Error);
  }
}

// The first bytes that are read of a file end within the longest segment that there is, at whose end the directory lies.
TEST_CASE("EXIF: a directory at the end of a long segment, behind other segments, and with other entries") {
  const TempFolder folder;
  const std::string path = folder.file("a.jpg"), jpeg = JpegFile{1, 9, 5, slope(9, 5, 1)}.bytes();
  const Picture stored = decoded(jpeg);
  const auto check = [&](const std::string& file, int orientation) {
    CAPTURE(orientation);
    write_bytes(path, file);
    const Picture seen = read_picture(path);
    CHECK(seen.shape() == (orientation < 5 ? Shape{1, 5, 9} : Shape{1, 9, 5}));
    CHECK(picture_shape(path) == seen.shape());
    CHECK(wrong_values(seen, stored, orientation) == 0);
  };
  const Exif first = {.orientation = 6}, second = {.orientation = 3};
  constexpr std::size_t most = 65533;  // of contents
  Exif far = first;
  far.place = static_cast<std::uint32_t>(most - 6 - far.directory().size());
  REQUIRE(far.bytes().size() == most);
  const std::string note = "http://ns.adobe.com/xap/1.0/" + std::string(60000, 'x');  // what else cameras put into APP1
  check(with_app1(jpeg, far.bytes()), 6);
  check(with_app1(with_app1(jpeg, far.bytes()), note), 6);
  check(with_app1(with_app1(jpeg, second.bytes()), first.bytes()), 6);                  // of two the first counts,
  check(with_app1(with_app1(jpeg, first.bytes()), Exif{.orientation = 9}.bytes()), 1);  // be it damaged
  Exif among = first;
  among.before = 3, among.after = 2;
  check(with_app1(jpeg, among.bytes()), 6);
  const std::size_t frame = jpeg.find("\xff\xc0"), frame_end = frame + 2 + 11;
  check(jpeg.substr(0, frame_end) + with_app1("\xff\xd8", first.bytes()).substr(2) + jpeg.substr(frame_end), 1);  // too late
}

TEST_CASE("EXIF that is damaged leaves the picture as it is stored, and is no error") {
  const std::string jpeg = JpegFile{1, 9, 5, slope(9, 5, 1)}.bytes();
  const Picture stored = decoded(jpeg);
  const Exif good = {.orientation = 6, .before = 1};
  const auto with = [&](auto change) {
    Exif exif = good;
    change(exif);
    return exif.bytes();
  };
  for (const bool low_first : {false, true}) {
    const auto damaged = [&](auto change) {
      const std::string app1 = with([&](Exif& exif) { exif.low_first = low_first, change(exif); });
      return decoded(with_app1(jpeg, app1)) == stored;
    };
    CAPTURE(low_first);
    CHECK(!damaged([](Exif&) {}));
    for (const std::uint32_t value : {0u, 9u, 256u, 1536u, 65535u}) CHECK(damaged([&](Exif& exif) { exif.orientation = value; }));
    for (const std::uint32_t type : {0u, 1u, 4u, 8u, 65535u}) CHECK(damaged([&](Exif& exif) { exif.type = type; }));
    for (const std::uint32_t count : {0u, 2u, 65536u, 65537u, 0xffffffffu}) CHECK(damaged([&](Exif& exif) { exif.count = count; }));
    for (const std::uint32_t tag : {0u, 0x111u, 0x1201u}) CHECK(damaged([&](Exif& exif) { exif.tag = tag; }));
    for (const std::uint32_t entries : {0u, 1u}) CHECK(damaged([&](Exif& exif) { exif.entries = entries; }));
    CHECK(!damaged([](Exif& exif) { exif.entries = 65535; }));  // as far as they are there
    CHECK(damaged([](Exif& exif) { exif.entries = 65535, exif.tag = 0; }));
    for (const std::uint32_t magic : {0u, 43u, 42u << 8}) CHECK(damaged([&](Exif& exif) { exif.magic = magic; }));
    const auto length = static_cast<std::uint32_t>(good.bytes().size()) - 6;
    for (const std::uint32_t place : {0u, 7u, 9u, length - 1, length, length + 1, 0x7fffffffu, 0xfffffffeu, 0xffffffffu})
      CHECK(damaged([&](Exif& exif) { exif.written_place = place; }));
  }
  const std::string whole = with([](Exif&) {}), segment = with_app1("\xff\xd8", whole);
  const std::size_t end = 6 + 8 + 2 + 12 + 10;  // of the value: behind it nothing is looked at
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    CAPTURE(n);
    CHECK((decoded(with_app1(jpeg, whole.substr(0, n))) == stored) == (n < end));
  }
  for (const char* order : {"IM", "MI", "ii", "XX"})
    CHECK(decoded(with_app1(jpeg, std::string(whole).replace(6, 2, order))) == stored);
  CHECK(decoded(with_app1(jpeg, std::string(whole).replace(0, 4, "exif"))) == stored);
  for (const char* marker : {"\xe0", "\xe2", "\xfe"})  // in another segment
    CHECK(decoded(std::string(segment).replace(3, 1, marker) + jpeg.substr(2)) == stored);
}

// What comes behind the end is as it was in the whole, and not to be looked at.
TEST_CASE("EXIF: the number itself, and nothing of it from beyond the end") {
  for (const bool low_first : {false, true}) {
    const std::string whole = Exif{.orientation = 6, .low_first = low_first}.bytes();
    const std::vector<std::uint8_t> bytes(whole.begin(), whole.end());
    for (std::size_t n = 0; n <= bytes.size(); ++n) {
      CAPTURE(n);
      const std::optional<int> orientation = exif_orientation(std::span(bytes).first(n));
      CHECK(orientation.has_value() == (n >= 6));
      CHECK(orientation.value_or(1) == (n < 6 + 8 + 2 + 10 ? 1 : 6));
    }
  }
  for (const std::uint32_t value : {0u, 9u, 65535u}) {
    const std::string whole = Exif{.orientation = value}.bytes();
    CHECK(exif_orientation(std::vector<std::uint8_t>(whole.begin(), whole.end())) == 1);
  }
}

TEST_CASE("EXIF: a PNG file stays as it is stored") {
  PngFile file = some_png(2, 8, 5, 4, false, false, 3);
  const Picture plain = decoded(file.bytes());
  file.before_data = png_chunk("eXIf", Exif{.orientation = 6}.bytes().substr(6));
  CHECK(decoded(file.bytes()) == plain);
}

TEST_CASE("EXIF: pictures of a folder that are seen in one size are of one size, and one that is stored so is refused") {
  const std::string wide = JpegFile{1, 13, 7, slope(13, 7, 1)}.bytes(), high = JpegFile{1, 7, 13, slope(7, 13, 1)}.bytes();
  const TempFolder folder;
  std::filesystem::create_directory(folder.file("x"));
  write_bytes(folder.file("x/1.jpg"), high), write_bytes(folder.file("x/2.jpg"), turned(wide, 8));
  const ImageFolder set(folder.path());
  REQUIRE(set.input_shapes()[0] == Shape{1, 13, 7});
  std::vector<real> values(13 * 7);
  int label = 7;
  const std::int64_t row = 1;
  const View x{values.data(), Shape{1, 13, 7}, 1}, none;
  const std::span<int> labels(&label, 1);
  set.fetch({&row, 1}, {&x, 1}, {&labels, 1}, {&none, 1});
  set.check_fetched();
  const Picture seen = decoded(turned(wide, 8));
  int wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) wrong += values[i] != static_cast<real>(seen.bytes[i]) * (real(1) / real(255));
  CHECK(wrong == 0);
  write_bytes(folder.file("x/2.jpg"), wide);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path()), Contains("2.jpg: 13 x 7 pixels (width x height)"), Error);
}

}  // namespace
}  // namespace cambium
