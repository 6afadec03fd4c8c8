#include "cambium/framework/files/checksum.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/parts/safetensors_impl.h"

namespace cambium {
namespace {

constexpr const char* kind = "crc32:";

class Checksum {
 public:
  void add(const void* bytes, std::size_t count) {
    if (count > 0) crc_ = crc32_z(crc_, static_cast<const Bytef*>(bytes), count);  // of null it would begin anew
  }
  // With its length, so that no two rows of texts are the same to it.
  void add(const std::string& text) {
    const std::uint64_t length = text.size();
    add(&length, sizeof length), add(text.data(), text.size());
  }
  std::string str() const { return fmt::format("{}{:08x}", kind, crc_); }

 private:
  uLong crc_ = crc32_z(0, nullptr, 0);
};

// What is common to a tensor that is to be written and one that was read.
struct Part {
  const std::string* name;
  std::string type;
  std::span<const std::int64_t> sizes;
  const void* data;
  std::size_t bytes;
};

std::string checksum_of(std::vector<Part> parts, const Metadata& metadata, const std::string& key) {
  std::ranges::sort(parts, {}, [](const Part& part) { return *part.name; });
  Checksum sum;
  for (const auto& [name, text] : metadata)
    if (name != key) sum.add(name), sum.add(text);
  for (const Part& part : parts) {
    sum.add(*part.name), sum.add(part.type);
    sum.add(part.sizes.data(), part.sizes.size_bytes());
    sum.add(part.data, part.bytes);
  }
  return sum.str();
}

}  // namespace

std::string checksum_of(std::span<const NamedTensor> tensors, const Metadata& metadata, const std::string& key) {
  std::vector<Part> parts;
  for (const NamedTensor& tensor : tensors) {
    std::size_t bytes = bytes_of(tensor.dtype);
    for (const std::int64_t size : tensor.sizes) bytes *= static_cast<std::size_t>(size);
    parts.push_back({&tensor.name, name(tensor.dtype), tensor.sizes, tensor.data, bytes});
  }
  return checksum_of(std::move(parts), metadata, key);
}

void check_checksum(const SafetensorsFile& file, const std::string& key) {
  const auto told = file.metadata().find(key);
  if (told == file.metadata().end() || !told->second.starts_with(kind)) return;  // others may have checksums of another kind
  std::vector<Part> parts;
  for (const SafetensorsFile::Tensor& tensor : file.tensors())
    parts.push_back({&tensor.name, tensor.type, tensor.sizes, tensor.bytes.data(), tensor.bytes.size()});
  if (const std::string sum = checksum_of(std::move(parts), file.metadata(), key); sum != told->second)
    throw DamagedFile(fmt::format("{}: its {} is {}, and that of what it holds is {}; who changes such a file takes its {} out",
                                  file.path(), key, in_quotes(told->second, 40), sum, key),
                      damaged_safetensors);
}

}  // namespace cambium
