#include "cambium/framework/data/npz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/parts/archive.h"
#include "cambium/framework/data/parts/npy_impl.h"
#include "cambium/framework/data/parts/stored_zip.h"

namespace cambium {
namespace {

constexpr const char* ending = ".npy";

class MemberSource final : public NpySource {
 public:
  MemberSource(Archive& archive, const Archive::Member& member) : archive_(archive), member_(member) { archive_.open(member); }

  std::string name() const override { return archive_.name_of(member_); }
  std::size_t read(void* to, std::size_t bytes) override { return archive_.read(to, bytes); }
  std::uint64_t capacity() const override { return member_.bytes; }
  bool exact() const override { return true; }
  bool packed() const override { return archive_.packed(); }

 private:
  Archive& archive_;
  const Archive::Member& member_;
};

// Without the ending.
std::string array_name(const Archive& archive, const Archive::Member& member) {
  if (!member.name.ends_with(ending) || member.name == ending)
    throw Error(archive.name_of(member) + ": its name is not that of an array, as 'x.npy' is", "an archive by numpy.savez");
  return member.name.substr(0, member.name.size() - 4);
}

const Archive::Member& find(const std::string& path, const Archive& archive, const std::string& name) {
  std::string names;
  std::vector<std::string> known;
  for (const Archive::Member& member : archive.members()) {
    if (member.name == name + ending) return member;
    if (!member.name.ends_with(ending)) continue;
    known.push_back(array_name(archive, member));
    names += (names.empty() ? "" : ", ") + known.back();
  }
  throw Error(fmt::format("{}: has no array {}{}; it has {}", path, in_quotes(name), did_you_mean(name, known),
                          names.empty() ? "none" : shown(names, 200)),
              "a name that is there");
}

void check_total(const std::string& path, const Archive& archive, std::uint64_t bytes, const NpyLimits& limits) {
  if (bytes <= std::max(archive.file_size(), limits.unpacked_bytes)) return;
  throw Error(fmt::format("{}: unpacks to {} bytes or more from {}, and {} are allowed", path, bytes, archive.file_size(),
                          limits.unpacked_bytes),
              "smaller arrays, or a larger NpyLimits::unpacked_bytes");
}

NpyArray read_member(Archive& archive, const Archive::Member& member, const NpyLimits& limits) {
  MemberSource source(archive, member);
  const NpyFormat format = read_npy_format(source);
  return read_npy_values(source, format, limits);
}

NpyHeader read_member_header(Archive& archive, const Archive::Member& member) {
  MemberSource source(archive, member);
  return npy_header(read_npy_format(source));
}

}  // namespace

std::vector<NamedArray> read_npz(const std::string& path, const NpyLimits& limits) {
  Archive archive(path);
  std::uint64_t bytes = 0;
  for (const Archive::Member& member : archive.members()) {
    array_name(archive, member);
    bytes += std::min(member.bytes, ~bytes);
    check_total(path, archive, bytes, limits);
  }
  std::vector<NamedArray> arrays;
  for (const Archive::Member& member : archive.members())
    arrays.push_back({array_name(archive, member), read_member(archive, member, limits)});
  return arrays;
}

NpyArray read_npz(const std::string& path, const std::string& name, const NpyLimits& limits) {
  Archive archive(path);
  const Archive::Member& member = find(path, archive, name);
  check_total(path, archive, member.bytes, limits);
  return read_member(archive, member, limits);
}

std::vector<NamedHeader> read_npz_headers(const std::string& path) {
  Archive archive(path);
  std::vector<NamedHeader> headers;
  for (const Archive::Member& member : archive.members())
    headers.push_back({array_name(archive, member), read_member_header(archive, member)});
  return headers;
}

NpyHeader read_npz_header(const std::string& path, const std::string& name) {
  Archive archive(path);
  return read_member_header(archive, find(path, archive, name));
}

void write_npz(const std::string& path, std::span<const NamedArray> arrays) {
  std::set<std::string> names;
  for (const auto& [name, array] : arrays) {
    const std::string fault = name.empty() ? "is empty" : member_name_fault(name + ending);
    if (!fault.empty()) throw Error(fmt::format("{}: the name {} {}", path, in_quotes(name), fault), "another name");
    if (!names.insert(name).second)
      throw Error(fmt::format("{}: two arrays are called {}", path, in_quotes(name)), "a name for each");
    npy_header_bytes(fmt::format("{}, array {}", path, in_quotes(name)), array);
  }
  StoredZip zip(path);
  for (const auto& [name, array] : arrays) {
    const std::string header = npy_header_bytes(path, array);
    std::uint64_t bytes = header.size();
    uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()), header.size());
    write_npy_values(array, [&](const void* data, std::size_t n) {
      crc = crc32_z(crc, static_cast<const Bytef*>(data), n);
      bytes += n;
    });
    zip.begin(name + ending, bytes, static_cast<std::uint32_t>(crc));
    zip.write(header.data(), header.size());
    write_npy_values(array, [&zip](const void* data, std::size_t n) { zip.write(data, n); });
  }
  zip.finish();
}

}  // namespace cambium
