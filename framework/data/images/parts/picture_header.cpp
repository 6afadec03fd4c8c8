#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/parts/exif.h"
#include "cambium/framework/data/images/parts/picture_impl.h"
#include "cambium/framework/files/parts/file_kind.h"

namespace cambium {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Kind = PictureHeader::Kind;

std::uint32_t big16(Bytes b, std::size_t at) { return static_cast<std::uint32_t>(b[at] << 8 | b[at + 1]); }

[[noreturn]] void refuse_kind(Bytes start, const std::string& who) {
  if (start.empty()) throw Error(who + ": is empty, and no picture", damaged_picture);
  std::string hex;
  for (const std::uint8_t b : start.first(std::min<std::size_t>(start.size(), 4))) hex += fmt::format(" {:02x}", b);
  const char* kind = kind_of(start).name;
  throw Error(fmt::format("{}: begins with{}{}: PNG files begin with 89 50 4e 47, and JPEG files with ff d8 ff", who, hex,
                          kind == nullptr ? "" : fmt::format(" ({})", kind)),
              "a PNG or JPEG file: ImageMagick's convert makes one of most others");
}

// Throws where a header asks for more than is allowed, or than the file can hold, which `held(width, height)` knows.
template <class Held>
void check_size(std::uint64_t width, std::uint64_t height, std::uint64_t file_bytes, const Held& held, const std::string& who,
                const PictureLimits& limits) {
  constexpr std::uint64_t most_size = std::numeric_limits<int>::max();
  if (width < 1 || height < 1 || width > most_size || height > most_size)
    throw Error(fmt::format("{}: its header gives {} x {} pixels (width x height)", who, width, height), damaged_picture);
  const std::uint64_t allowed = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(limits.pixels, 0)), most_size / 3);
  if (width > allowed / height)
    throw Error(fmt::format("{}: {} x {} pixels (width x height), and {} pixels are allowed", who, width, height, allowed),
                "a smaller copy of the picture, or a larger PictureLimits::pixels");
  if (!held(width, height))
    throw Error(fmt::format("{}: its header promises {} x {} pixels (width x height), and a file of {} bytes cannot hold them", who,
                            width, height, file_bytes),
                damaged_picture);
}

constexpr const char* resave_as_rgb = "saving it as RGB: ImageMagick's convert FILE -colorspace sRGB NEW.jpg";

// ---------------------------------------------------------------------------------------------------------------- PNG

constexpr std::string_view png_signature("\x89PNG\r\n\x1a\n", 8);

// Source: https://www.w3.org/TR/png-3, the chunk IHDR.
PictureHeader parse_png(Bytes b, std::uint64_t file_bytes, const std::string& who, const PictureLimits& limits) {
  if (!begins(b, png_signature))
    throw Error(who + ": the signature of PNG is damaged, as where a file was sent as text", damaged_picture);
  if (big32(b, 8) != 13 || !begins(b, "IHDR", 12) || crc32(0, b.data() + 12, 17) != big32(b, 29))
    throw Error(who + ": its header is damaged (no IHDR, or its checksum is wrong)", damaged_picture);
  const unsigned depth = b[24], color = b[25];
  constexpr unsigned samples[] = {1, 0, 3, 1, 2, 0, 4};  // by colour type: gray, RGB, palette, gray and RGB with alpha
  const bool known =
      color < std::size(samples) && samples[color] != 0 && (depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16);
  if (!known)
    throw Error(fmt::format("{}: colour type {} with {} bits a sample, which PNG does not know", who, color, depth),
                damaged_picture);
  constexpr std::uint64_t most_of_a_byte = 1032;  // that deflate unpacks
  const auto held = [&](std::uint64_t width, std::uint64_t height) {
    return width * height <= file_bytes * most_of_a_byte * 8 / (samples[color] * depth);
  };
  check_size(big32(b, 16), big32(b, 20), file_bytes, held, who, limits);
  return {Kind::png, color == 0 || color == 4 ? 1 : 3, static_cast<int>(big32(b, 20)), static_cast<int>(big32(b, 16))};
}

// --------------------------------------------------------------------------------------------------------------- JPEG

constexpr std::size_t frame_bytes = 10, component_bytes = 3;  // marker, length, depth, height, width, count of channels; of each

// How many squares of 8 x 8 values all channels have, each in its own part of the width and height: so many codes are in the file,
// of one bit at least where it is progressive, and of two where it is not.
std::uint64_t squares_of(Bytes b, std::uint64_t width, std::uint64_t height, const std::string& who) {
  const auto part = [&](std::size_t i, int shift) { return std::uint64_t{b[frame_bytes + component_bytes * i + 1]} >> shift & 15; };
  const std::size_t components = b[9];
  std::uint64_t most_x = 1, most_y = 1, squares = 0;
  for (std::size_t i = 0; i < components; ++i) most_x = std::max(most_x, part(i, 4)), most_y = std::max(most_y, part(i, 0));
  for (std::size_t i = 0; i < components; ++i) {
    if (part(i, 4) < 1 || part(i, 0) < 1) throw Error(who + ": its header has a channel of no pixels", damaged_picture);
    squares += ((width * part(i, 4) + most_x * 8 - 1) / (most_x * 8)) * ((height * part(i, 0) + most_y * 8 - 1) / (most_y * 8));
  }
  return squares;
}

// Source: ITU-T T.81, B.2.2; `b` is the frame header from its marker on.
PictureHeader parse_frame(Bytes b, std::uint64_t file_bytes, const std::string& who, const PictureLimits& limits) {
  const unsigned marker = b[1], depth = b[4], components = b[9];
  const auto refuse = [&](const std::string& problem, const char* remedy) { throw Error(who + ": " + problem, remedy); };
  if (marker > 0xc2)
    refuse(marker > 0xc8 ? "JPEG with arithmetic coding" : "lossless or hierarchical JPEG, of which only few programs know",
           "saving it as an ordinary JPEG or a PNG");
  if (depth != 8) refuse(fmt::format("JPEG of {} bits a sample, and 8 can be read", depth), "saving it with 8 bits, or as PNG");
  if (components == 4) refuse("CMYK, which is made for printing", resave_as_rgb);
  if (components != 1 && components != 3)
    refuse(fmt::format("JPEG of {} channels, and 1 or 3 can be read", components), resave_as_rgb);
  const auto held = [&](std::uint64_t width, std::uint64_t height) {
    return squares_of(b, width, height, who) * (marker == 0xc2 ? 1 : 2) <= 8 * file_bytes;
  };
  check_size(big16(b, 7), big16(b, 5), file_bytes, held, who, limits);
  return {Kind::jpeg, components == 1 ? 1 : 3, static_cast<int>(big16(b, 5)), static_cast<int>(big16(b, 7))};
}

std::optional<PictureHeader> parse_jpeg(Bytes b, std::uint64_t file_bytes, const std::string& who, const PictureLimits& limits) {
  std::optional<int> orientation;  // of the first EXIF
  for (std::size_t at = 2; at + 4 <= b.size();) {
    if (b[at] != 0xff)
      throw Error(fmt::format("{}: byte {} of the file is {:02x}, where ff and a marker must be", who, at, b[at]), damaged_picture);
    const unsigned marker = b[at + 1];
    if (marker == 0xff) {  // a marker may have any number of them before it
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame && (at + frame_bytes > b.size() || at + frame_bytes + component_bytes * b[at + 9] > b.size())) return std::nullopt;
    if (frame) {
      PictureHeader header = parse_frame(b.subspan(at), file_bytes, who, limits);
      header.orientation = orientation.value_or(1);
      return header;
    }
    const std::size_t length = big16(b, at + 2);
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda) || length < 2)
      throw Error(fmt::format("{}: marker ff {:02x} comes before the sizes of the picture", who, marker), damaged_picture);
    constexpr unsigned app1 = 0xe1;
    if (marker == app1 && !orientation && at + 2 + length <= b.size())
      orientation = exif_orientation(b.subspan(at + 4, length - 2));
    at += 2 + length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PictureHeader> parse_picture_header(Bytes start, std::uint64_t file_bytes, const std::string& who,
                                                  const PictureLimits& limits) {
  const bool png = begins(start, png_signature.substr(0, 4)), jpeg = begins(start, "\xff\xd8\xff");
  const bool enough = start.size() >= 12 || start.size() >= file_bytes;
  std::optional<PictureHeader> header;
  if (!png && !jpeg && enough) refuse_kind(start, who);
  if (png && start.size() >= 33) header = parse_png(start, file_bytes, who, limits);
  if (jpeg) header = parse_jpeg(start, file_bytes, who, limits);
  if (!header && start.size() >= file_bytes)
    throw Error(fmt::format("{}: ends inside its header, after {} bytes", who, start.size()), damaged_picture);
  return header;
}

}  // namespace cambium
