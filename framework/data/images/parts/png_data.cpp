// Whether a PNG file holds as much as its header promises, before memory is taken for that.
#include <fmt/format.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/parts/picture_impl.h"

namespace cambium {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Rows {
  std::uint64_t packed = 0;  // bytes of all of them, each with the number of its filter; of an interlaced file in seven passes
  std::uint64_t memory = 0;  // that is taken for them and the picture
};

Rows rows_of(Bytes file, const PictureHeader& header) {
  constexpr unsigned samples_of[] = {1, 0, 3, 1, 2, 0, 4};  // by colour type
  const std::uint64_t samples = samples_of[file[25]], depth = file[24];
  const bool interlaced = file[28] != 0;
  const auto width = static_cast<png_uint_32>(header.width), height = static_cast<png_uint_32>(header.height);
  const auto bytes = [&](std::uint64_t columns, std::uint64_t count) {
    return columns == 0 ? 0 : count * (1 + (columns * samples * depth + 7) / 8);
  };
  Rows rows;
  rows.packed = interlaced ? 0 : bytes(width, height);
  for (int pass = 0; interlaced && pass < 7; ++pass) rows.packed += bytes(PNG_PASS_COLS(width, pass), PNG_PASS_ROWS(height, pass));
  const std::uint64_t row = width * samples * std::max<std::uint64_t>(depth / 8, 1);
  rows.memory = static_cast<std::uint64_t>(header.shape().size()) + row * (interlaced ? height + 3 : 4);  // some wait in libpng
  return rows;
}

class Unpacker {
 public:
  Unpacker() : good_(inflateInit(&stream_) == Z_OK) {}
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // What comes out of so much more is counted, not kept, up to `enough`.
  void take(Bytes packed, std::uint64_t enough) {
    stream_.next_in = const_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<unsigned>(packed.size());
    while (good_ && bytes_ < enough && (stream_.avail_in > 0 || stream_.avail_out == 0)) {
      stream_.next_out = some_, stream_.avail_out = sizeof some_;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      bytes_ += sizeof some_ - stream_.avail_out;
      good_ = status == Z_OK;
    }
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  z_stream stream_ = {};
  bool good_;
  std::uint64_t bytes_ = 0;
  unsigned char some_[1 << 14];
};

}  // namespace

void check_png_data(std::span<const std::uint8_t> file, const PictureHeader& header, const std::string& who) {
  constexpr std::uint64_t little = 1 << 19;
  const Rows rows = rows_of(file, header);
  if (rows.memory <= file.size() + little) return;
  Unpacker unpacker;
  for (std::size_t at = 8; at + 12 <= file.size() && unpacker.bytes() < rows.packed;) {  // chunks: length, kind, data, checksum
    const std::size_t length = std::min<std::size_t>(big32(file, at), file.size() - at - 8);
    const Bytes kind = file.subspan(at + 4, 4);
    if (kind[0] == 'I' && kind[1] == 'D' && kind[2] == 'A' && kind[3] == 'T')
      unpacker.take(file.subspan(at + 8, length), rows.packed);
    at += 8 + length + 4;
  }
  if (unpacker.bytes() < rows.packed)
    throw Error(
        fmt::format("{}: its header promises {} x {} pixels (width x height), which are {} bytes, and its data unpacks to {}", who,
                    header.width, header.height, rows.packed, unpacker.bytes()),
        damaged_picture);
}

}  // namespace cambium
