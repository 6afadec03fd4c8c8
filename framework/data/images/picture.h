// Pictures in memory, and PNG and JPEG files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/shape.h"

namespace cambium {

// Bytes of one channel (gray) or three (red, green, blue), channels first: value (c, y, x) is bytes[(c * height + y) * width + x].
struct Picture {
  int channels = 0, height = 0, width = 0;
  std::vector<std::uint8_t> bytes;

  Shape shape() const { return {channels, height, width}; }
  friend bool operator==(const Picture&, const Picture&) = default;
};

struct PictureLimits {
  std::int64_t pixels = 100'000'000;                  // height * width; 715 million is the most that can be set
  std::uint64_t file_bytes = std::uint64_t{1} << 30;  // of the file
};

// What becomes of a picture that lets something shine through: in 16 bits v * a + background * (1 - a), rounded, as ImageMagick's
// `convert -background white -alpha remove -depth 8` has it, and as a browser shows it; or the colours alone (`-alpha off`;
// `convert("RGB")` of PIL), which may be anything where nothing is to be seen.
enum class Transparency { on_white, on_black, ignored };

// Reads a PNG or JPEG file, known by its first bytes, whatever its name.
//
// PNG: gray of any depth is one channel, colours and palettes are three. 16 bits become 8 last of all, by v / 257, cut off (again
// as -depth 8 has it). Gamma, colour profiles and text are passed over, and values taken as they are. JPEG: gray is one channel,
// YCbCr and RGB are three, sequential or progressive, 8 bits; the accurate integer transform, and colour between its samples by
// interpolation. It is turned, and mirrored, as the orientation in its EXIF says (the first, before the sizes of the picture),
// always: upright, as a viewer shows it, its height and width those that are seen. EXIF that is damaged says nothing and is no
// error. A PNG stays as it is stored: its EXIF may stand behind the pixels.
//
// The header is checked before memory is taken: more pixels than allowed, or than a file of this length can hold, are refused. Then
// memory is taken with what comes, but for progressive JPEG, where the header alone says how much: 1 KB at most for a byte of it.
// Errors name the file, and what was found: no such file, no regular file, no PNG or JPEG (and what it is instead, where that is
// known), cut off, damaged in any way that the format lets a reader notice (also where others would guess and go on), CMYK, 12
// bits, lossless or arithmetic coding, no memory (with the std::bad_alloc nested in the Error).
Picture read_picture(const std::string& path, const PictureLimits& limits = {}, Transparency transparency = Transparency::on_white);

// Whether it was memory that ran out.
bool of_memory(const Error& error);

// The same for a file in memory; `who` stands for its name in messages.
Picture decode_picture(std::span<const std::uint8_t> file, const std::string& who, const PictureLimits& limits = {},
                       Transparency transparency = Transparency::on_white);

// The shape of the picture that read_picture would give, by the header alone: what comes after it is not looked at. Errors of the
// header as above.
Shape picture_shape(const std::string& path, const PictureLimits& limits = {});

// Writes a PNG file of 8 bits whole or not at all (see framework/files/atomic_file.h).
// Errors: a picture of other than 1 or 3 channels, without pixels, or whose bytes are not as many as its sizes say; a place that
// cannot be written.
void write_png(const std::string& path, const Picture& picture);

// The bytes of such a file.
std::vector<std::uint8_t> encode_png(const Picture& picture, const std::string& who);

}  // namespace cambium
