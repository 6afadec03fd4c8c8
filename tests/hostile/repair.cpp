#include "tests/hostile/repair.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checksum.h"
#include "tests/data/zip_files.h"
#include "tests/hostile/memory_file.h"

namespace cambium_tests {
namespace {

constexpr int gzip_window = 16 + MAX_WBITS, raw_window = -MAX_WBITS;

// All that can be had of it, and no more than `most`.
std::string inflated(const std::string& bytes, int window, std::size_t most) {
  constexpr std::size_t part = 1 << 14;
  z_stream stream = {};
  if (inflateInit2(&stream, window) != Z_OK) return "";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<unsigned>(bytes.size());
  std::string out;
  for (int status = Z_OK; status == Z_OK && out.size() < most;) {
    const std::size_t before = out.size();
    out.resize(before + part);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before), stream.avail_out = part;
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + part - stream.avail_out);
    if (status != Z_STREAM_END || window != gzip_window) continue;
    while (stream.avail_in > 0 && *stream.next_in == 0) ++stream.next_in, --stream.avail_in;  // between parts, as readers do
    if (stream.avail_in > 0) status = inflateReset(&stream);
  }
  inflateEnd(&stream);
  return out;
}

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// `count` bytes from `at`, the low or the high one first; 0 behind the end.
std::uint64_t number(const std::string& bytes, std::size_t at, int count, bool low_first) {
  std::uint64_t value = 0;
  if (at > bytes.size() || bytes.size() - at < static_cast<std::size_t>(count)) return 0;
  for (int i = 0; i < count; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])}
             << 8 * (low_first ? i : count - 1 - i);
  return value;
}

void put_number(std::string& bytes, std::size_t at, std::uint32_t value, bool low_first) {
  for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
    bytes[at + i] = static_cast<char>(value >> 8 * (low_first ? i : 3 - i));
}

}  // namespace

std::string noise(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return text;
}

std::string gzip_of(const std::string& bytes) { return deflated(bytes, 6, gzip_window); }

std::string unpacked(const std::string& bytes) {
  return bytes.starts_with("\x1f\x8b") ? inflated(bytes, gzip_window, std::size_t{64} << 20) : bytes;
}

std::string packed_again(const std::string& bytes) {
  constexpr std::size_t most = 1 << 20;
  if (!bytes.starts_with("\x1f\x8b")) return gzip_of(bytes);
  const std::string inside = inflated(bytes, gzip_window, most);
  return inside.size() < most ? gzip_of(inside) : bytes;
}

// The first few entries of the directory, which are found by their marks.
std::string repaired_zip(const std::string& bytes) {
  std::string file = bytes;
  int left = 8;
  for (std::size_t at = file.find("PK\1\2"); at != file.npos && left-- > 0; at = file.find("PK\1\2", at + 4)) {
    const std::size_t local = number(file, at + 42, 4, true);
    const std::size_t from = local + 30 + number(file, local + 26, 2, true) + number(file, local + 28, 2, true);
    if (from > file.size()) continue;
    std::string body = file.substr(from, number(file, at + 20, 4, true));
    if (number(file, at + 10, 2, true) == 8) body = inflated(body, raw_window, 1 << 20);
    for (const std::size_t entry : {at + 16, local + 14}) {
      put_number(file, entry, crc_of(body), true);
      put_number(file, entry + 8, static_cast<std::uint32_t>(body.size()), true);
    }
  }
  return file;
}

std::string png_rows(const std::string& bytes) {
  std::string data;
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = std::min<std::size_t>(number(bytes, at, 4, false), bytes.size() - at - 8);
    if (bytes.compare(at + 4, 4, "IDAT") == 0) data += bytes.substr(at + 8, length);
    at += 12 + length;
  }
  return inflated(data, MAX_WBITS, std::size_t{64} << 20);
}

std::string repaired_png(const std::string& bytes) {
  std::string file = bytes;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = number(file, at, 4, false);
    if (length > file.size() - at - 12) break;
    put_number(file, at + 8 + length, crc_of(file.substr(at + 4, length + 4)), false);
    at += 12 + length;
  }
  return file;
}

std::string repaired_safetensors(const std::string& bytes) {
  using namespace cambium;
  std::string file = bytes;
  try {
    const MemoryFile memory(bytes);
    const SafetensorsFile read = SafetensorsFile::read(memory.path());
    const auto told = read.metadata().find("checksum");
    if (told == read.metadata().end() || told->second.empty()) return file;
    std::vector<NamedTensor> tensors;
    for (const SafetensorsFile::Tensor& t : read.tensors()) tensors.push_back({t.name, t.dtype, t.sizes, t.bytes.data()});
    const std::string right = checksum_of(tensors, read.metadata(), "checksum");
    const std::size_t at = file.find(told->second);
    if (at != file.npos && right.size() == told->second.size()) file.replace(at, right.size(), right);
  } catch (const Error&) {
  }
  return file;
}

}  // namespace cambium_tests
