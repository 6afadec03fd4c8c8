// Zip archives byte by byte, for tests.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cambium_tests {

inline std::string low_first(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(i < 8 ? value >> 8 * i & 255 : 0);
  return text;
}

inline std::uint32_t checksum(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// Deflate; without a header, as in archives, unless `window` says otherwise (zlib.h).
inline std::string deflated(const std::string& bytes, int level = 9, int window = -MAX_WBITS) {
  z_stream packer = {};
  if (deflateInit2(&packer, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("no packer");
  std::string packed(deflateBound(&packer, static_cast<uLong>(bytes.size())), '\0');
  packer.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  packer.avail_in = static_cast<unsigned>(bytes.size());
  packer.next_out = reinterpret_cast<Bytef*>(packed.data()), packer.avail_out = static_cast<unsigned>(packed.size());
  deflate(&packer, Z_FINISH);
  packed.resize(packed.size() - packer.avail_out);
  deflateEnd(&packer);
  return packed;
}

// What stands in the archive; what is not given is worked out. Sizes and checksum may be lies.
struct ZipEntry {
  std::string name = "", bytes = "";
  bool packed = false;
  int flags = 0, method = -1;
  std::optional<std::uint64_t> size = {}, packed_size = {};
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint64_t> offset = {};  // of another entry's bytes
};

inline std::string zip_bytes(const std::vector<ZipEntry>& entries, std::optional<int> count = {}) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const std::string body = entry.packed ? deflated(entry.bytes) : entry.bytes;
    const int method = entry.method >= 0 ? entry.method : entry.packed ? 8 : 0;
    const std::string fields =
        low_first(20, 2) + low_first(static_cast<unsigned>(entry.flags), 2) + low_first(static_cast<unsigned>(method), 2) +
        low_first(0x210000, 4) + low_first(entry.crc.value_or(checksum(entry.bytes)), 4) +
        low_first(entry.packed_size.value_or(body.size()), 4) + low_first(entry.size.value_or(entry.bytes.size()), 4) +
        low_first(entry.name.size(), 2) + low_first(0, 2);
    directory +=
        "PK\1\2" + low_first(20, 2) + fields + low_first(0, 10) + low_first(entry.offset.value_or(file.size()), 4) + entry.name;
    if (!entry.offset) file += "PK\3\4" + fields + entry.name + body;
  }
  const auto n = static_cast<unsigned>(count.value_or(static_cast<int>(entries.size())));
  const std::string end = "PK\5\6" + low_first(0, 4) + low_first(n, 2) + low_first(n, 2) + low_first(directory.size(), 4) +
                          low_first(file.size(), 4) + low_first(0, 2);
  return file + directory + end;
}

}  // namespace cambium_tests
