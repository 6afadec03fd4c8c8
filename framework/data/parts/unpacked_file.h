// A file that is unpacked by gzip as it is read, where it is packed.
#pragma once

#include <zlib.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/input_file.h"

namespace cambium {

// It is packed when it begins with the two bytes of gzip, whatever its name. (gzread would do, but it does not notice when the
// checksum at the end is cut off, and waits for pipes.)
class UnpackedFile {
 public:
  static constexpr std::size_t io_limit = 1u << 30;  // zlib counts in unsigned
  static constexpr int gzip_only = 16 + MAX_WBITS;

  explicit UnpackedFile(const std::string& path) : file_(path) {
    refill();
    packed_ = unpacker_.avail_in >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
    if (packed_ && inflateInit2(&unpacker_, gzip_only) != Z_OK) fail("no memory to unpack it", "closing other programs");
  }
  ~UnpackedFile() {
    if (packed_) inflateEnd(&unpacker_);
  }
  UnpackedFile(const UnpackedFile&) = delete;
  UnpackedFile& operator=(const UnpackedFile&) = delete;

  bool packed() const { return packed_; }
  std::uint64_t file_size() const { return file_.size(); }
  // No more bytes than this can come out of it: deflate makes at most 1032 of one.
  std::uint64_t capacity() const { return packed_ ? file_.size() * 1032 : file_.size(); }

  // Up to n bytes; fewer only at the end. Throws where packed data are damaged or cut off.
  std::size_t read(void* to, std::size_t n) {
    for (std::size_t done = 0; done < n;) {
      const std::size_t got = step(static_cast<unsigned char*>(to) + done, static_cast<unsigned>(std::min(n - done, io_limit)));
      if (got == 0) return done;
      done += got;
    }
    return n;
  }

  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "getting the file again") const {
    throw Error(file_.path() + ": " + problem, remedy);
  }

 private:
  // The input that waits in the buffer is kept in the unpacker's fields, also where nothing is unpacked.
  bool refill() {
    if (unpacker_.avail_in > 0) return true;
    unpacker_.next_in = buffer_;
    unpacker_.avail_in = static_cast<unsigned>(file_.read_up_to(buffer_, sizeof buffer_));
    return unpacker_.avail_in > 0;
  }

  // Some bytes, at most n; 0 only at the end.
  std::size_t step(unsigned char* to, unsigned n) {
    if (!packed_) {
      if (!refill()) return 0;
      n = std::min(n, unpacker_.avail_in);
      std::copy_n(unpacker_.next_in, n, to);
      unpacker_.next_in += n, unpacker_.avail_in -= n;
      return n;
    }
    unpacker_.next_out = to, unpacker_.avail_out = n;
    while (unpacker_.avail_out == n) {
      while (at_end_ && refill() && *unpacker_.next_in == 0) ++unpacker_.next_in, --unpacker_.avail_in;  // tapes fill up blocks
      if (!refill()) {
        if (at_end_) return 0;
        fail("its gzip data is cut off");
      }
      if (at_end_) inflateReset(&unpacker_);  // a gzip file may have several parts
      const int status = inflate(&unpacker_, Z_NO_FLUSH);
      at_end_ = status == Z_STREAM_END;
      const std::string problem = unpacker_.msg != nullptr ? unpacker_.msg : "out of order";
      if (status != Z_OK && !at_end_) fail("its gzip data is damaged (" + problem + ")");
    }
    return n - unpacker_.avail_out;
  }

  InputFile file_;
  z_stream unpacker_ = {};
  bool packed_ = false, at_end_ = false;
  unsigned char buffer_[1 << 14];
};

}  // namespace cambium
