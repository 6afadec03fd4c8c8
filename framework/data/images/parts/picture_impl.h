// How a picture file is read: its first bytes by hand, the rest by a library for each format.
#pragma once

#include <optional>

#include "cambium/framework/data/images/parts/orientation.h"
#include "cambium/framework/data/images/picture.h"

namespace cambium {

struct PictureHeader {
  enum class Kind { png, jpeg } kind = Kind::png;
  int channels = 0, height = 0, width = 0;  // channels of the picture that comes of it; rows and columns as they are stored
  int orientation = 1;                      // of JPEG, see orientation.h

  // Of the picture that comes of it.
  Shape shape() const { return lies_on_its_side(orientation) ? Shape{channels, width, height} : Shape{channels, height, width}; }
};

// The header of a file of `file_bytes`, by its first bytes; nothing where those say nothing wrong and more of them are needed.
// Throws Error for what picture.h refuses, as far as a header shows it; a file that ends inside its header among it.
std::optional<PictureHeader> parse_picture_header(std::span<const std::uint8_t> start, std::uint64_t file_bytes,
                                                  const std::string& who, const PictureLimits& limits);

// Each in a source of its own, which alone knows its library. The header is that of the file, checked. Errors as in picture.h.
Picture decode_png(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who,
                   Transparency transparency);
Picture decode_jpeg(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who);

// Four bytes of a file as a number, the highest first.
inline std::uint32_t big32(std::span<const std::uint8_t> b, std::size_t at) {
  return std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 | std::uint32_t{b[at + 2]} << 8 | b[at + 3];
}

// Throws Error where a PNG file, whose header is good, unpacks to less than the rows that the header promises; looked at where
// these take more memory than the file has bytes.
void check_png_data(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who);

// Throws Error for a picture of other than 1 or 3 channels, without pixels, or of other than so many bytes.
void check_picture(const Picture& picture, const std::string& who);

// A picture of zeros with these sizes. Throws Error where there is no memory for it.
Picture blank_picture(const PictureHeader& header, const std::string& who);

constexpr const char* damaged_picture = "another copy of the file, or opening it in a picture editor and saving it again";

}  // namespace cambium
