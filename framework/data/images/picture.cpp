#include "cambium/framework/data/images/picture.h"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>

#include "cambium/framework/data/images/parts/picture_impl.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/input_file.h"

namespace cambium {
namespace {

constexpr std::size_t start_bytes = 1 << 12;  // in which most headers end

// In a handler of std::bad_alloc, which stays within.
[[noreturn]] void no_memory(const std::string& who, const std::string& what) {
  std::throw_with_nested(Error(who + ": no memory for " + what, "closing other programs"));
}

// Longer by up to so many bytes; false where the file has ended.
bool read_on(InputFile& file, std::vector<std::uint8_t>& bytes, std::size_t more) {
  const std::size_t before = bytes.size();
  bytes.resize(before + more);
  bytes.resize(before + file.read_up_to(bytes.data() + before, more));
  return bytes.size() == before + more;
}

void check_length(const InputFile& file, const PictureLimits& limits) {
  if (file.size() > limits.file_bytes)
    throw Error(
        file.path() + ": " + std::to_string(file.size()) + " bytes, and " + std::to_string(limits.file_bytes) + " are allowed",
        "a smaller copy of the picture, or a larger PictureLimits::file_bytes");
}

// As far as the header goes, and no further.
PictureHeader read_header(InputFile& file, std::vector<std::uint8_t>& start, const PictureLimits& limits) {
  for (std::size_t part = start_bytes;; part = start.size()) {
    const bool more = read_on(file, start, part);
    if (const auto header = parse_picture_header(start, more ? file.size() : start.size(), file.path(), limits)) return *header;
    if (!more) throw Error(file.path() + ": became shorter while it was read", "reading it again");
  }
}

Picture decode(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who, Transparency transparency) {
  return header.kind == PictureHeader::Kind::png ? decode_png(file, header, who, transparency) : decode_jpeg(file, header, who);
}

}  // namespace

bool of_memory(const Error& error) {
  try {
    std::rethrow_if_nested(error);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
  }
  return false;
}

void check_picture(const Picture& picture, const std::string& who) {
  const int sizes[] = {picture.channels, picture.height, picture.width};
  const bool good = (sizes[0] == 1 || sizes[0] == 3) && sizes[1] >= 1 && sizes[2] >= 1;
  if (!good || product_of(sizes, picture.bytes.size()) != picture.bytes.size())
    throw Error(who + ": a picture of " + text_of_sizes(sizes) + " with " + std::to_string(picture.bytes.size()) + " bytes",
                "1 or 3 channels x height x width, and as many bytes");
}

Picture blank_picture(const PictureHeader& header, const std::string& who) {
  const Shape shape = header.shape();
  try {
    return {shape[0], shape[1], shape[2], std::vector<std::uint8_t>(as_size(shape.size()))};
  } catch (const std::bad_alloc&) {
    no_memory(who, "a picture of " + shape.str());
  }
}

Picture decode_picture(std::span<const std::uint8_t> file, const std::string& who, const PictureLimits& limits,
                       Transparency transparency) {
  const auto header = parse_picture_header(file, file.size(), who, limits);
  try {
    return decode(file, header.value(), who, transparency);
  } catch (const std::bad_alloc&) {
    no_memory(who, "what a picture of " + header->shape().str() + " needs to be unpacked");
  }
}

Picture read_picture(const std::string& path, const PictureLimits& limits, Transparency transparency) {
  InputFile file(path);
  check_length(file, limits);
  std::vector<std::uint8_t> bytes;
  try {
    const PictureHeader header = read_header(file, bytes, limits);
    if (file.size() > bytes.size()) read_on(file, bytes, static_cast<std::size_t>(file.size()) - bytes.size());
    return decode(bytes, header, path, transparency);
  } catch (const std::bad_alloc&) {
    no_memory(path, "a file of " + std::to_string(file.size()) + " bytes and the picture in it");
  }
}

Shape picture_shape(const std::string& path, const PictureLimits& limits) {
  InputFile file(path);
  check_length(file, limits);
  std::vector<std::uint8_t> start;
  return read_header(file, start, limits).shape();
}

void write_png(const std::string& path, const Picture& picture) {
  const std::vector<std::uint8_t> bytes = encode_png(picture, path);
  AtomicFile file(path, bytes.size());
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace cambium
