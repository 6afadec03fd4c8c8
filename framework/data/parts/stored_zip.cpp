#include "cambium/framework/data/parts/stored_zip.h"

#include <algorithm>

namespace cambium {
namespace {

// APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: all numbers with the low byte first.
std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
  return text;
}

constexpr std::uint64_t in_extra = 0xffffffff;
constexpr int date_1980 = 0x21;  // the first that can be written: the same arrays make the same file

// What entry and directory have in common, from the version to the lengths of name and extra field.
std::string common_fields(const std::string& name, bool wide, std::uint64_t bytes, std::uint32_t crc, std::size_t extra) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  constexpr std::uint64_t is_utf8 = 0x800;
  const std::uint64_t size = wide ? in_extra : bytes;
  return number(wide ? 45 : 20, 2) + number(plain ? 0 : is_utf8, 2) + number(0, 2) + number(0, 2) + number(date_1980, 2) +
         number(crc, 4) + number(size, 4) + number(size, 4) + number(name.size(), 2) + number(extra, 2);
}

}  // namespace

void StoredZip::begin(const std::string& name, std::uint64_t bytes, std::uint32_t crc) {
  const bool wide = bytes > most_, far = wide || at_ > most_;
  const std::string sizes = number(bytes, 8) + number(bytes, 8);
  const std::string local = wide ? number(1, 2) + number(16, 2) + sizes : "";
  const std::string central = far ? number(1, 2) + number(24, 2) + sizes + number(at_, 8) : "";
  constexpr std::uint64_t made_on_unix = 3 << 8 | 45, readable_by_all = std::uint64_t{0100644} << 16;
  directory_ += "PK\1\2" + number(made_on_unix, 2) + common_fields(name, far, bytes, crc, central.size()) + number(0, 6) +
                number(readable_by_all, 4) + number(far ? in_extra : at_, 4) + name + central;
  put("PK\3\4" + common_fields(name, wide, bytes, crc, local.size()) + name + local);
  ++count_;
}

void StoredZip::write(const void* data, std::size_t bytes) {
  file_.write(data, bytes);
  at_ += bytes;
}

void StoredZip::finish() {
  const std::uint64_t start = at_, size = directory_.size();
  put(directory_);
  const bool far = start > most_ || size > most_ || count_ > std::min<std::uint64_t>(most_, 0xfffe);
  if (far) {
    const std::uint64_t end = at_;
    put("PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) + number(0, 4) + number(count_, 8) +
        number(count_, 8) + number(size, 8) + number(start, 8));
    put("PK\6\7" + number(0, 4) + number(end, 8) + number(1, 4));
  }
  put("PK\5\6" + number(0, 4) + number(far ? 0xffff : count_, 2) + number(far ? 0xffff : count_, 2) +
      number(far ? in_extra : size, 4) + number(far ? in_extra : start, 4) + number(0, 2));
  file_.commit();
}

}  // namespace cambium
