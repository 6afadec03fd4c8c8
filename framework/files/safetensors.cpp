#include "cambium/framework/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/input_file.h"
#include "cambium/framework/files/parts/file_kind.h"
#include "cambium/framework/files/parts/safetensors_impl.h"

namespace cambium {

static_assert(std::endian::native == std::endian::little, "values go to the file as they lie in memory");

namespace {

struct DtypeInfo {
  Dtype dtype;
  const char* name;
  std::size_t bytes;
};
// In the order of the enumeration.
constexpr std::array<DtypeInfo, 14> dtypes = {{{Dtype::f64, "F64", 8},
                                               {Dtype::f32, "F32", 4},
                                               {Dtype::f16, "F16", 2},
                                               {Dtype::bf16, "BF16", 2},
                                               {Dtype::i64, "I64", 8},
                                               {Dtype::i32, "I32", 4},
                                               {Dtype::i16, "I16", 2},
                                               {Dtype::i8, "I8", 1},
                                               {Dtype::u64, "U64", 8},
                                               {Dtype::u32, "U32", 4},
                                               {Dtype::u16, "U16", 2},
                                               {Dtype::u8, "U8", 1},
                                               {Dtype::boolean, "BOOL", 1},
                                               {Dtype::other, "other", 0}}};

// A file whose first bytes, the length of a header, cannot be one.
DamagedFile no_safetensors(const std::string& path, const std::array<std::uint8_t, 8>& start, std::uint64_t rest) {
  const auto letter = [](std::uint8_t byte) {
    return byte == '\n' || byte == '\r' || byte == '\t' || (byte >= ' ' && byte < 0x7f);
  };
  const FileKind kind = kind_of(start);
  const std::string other = kind.name != nullptr ? kind.name : std::ranges::all_of(start, letter) ? "a text" : "";
  if (!other.empty())
    return DamagedFile(fmt::format("{}: is no safetensors file but {}", path, other), "the file of weights that was saved");
  return DamagedFile(
      fmt::format("{}: is no safetensors file: its first 8 bytes, the length of a header, would be {}, and only {} follow", path,
                  std::bit_cast<std::uint64_t>(start), rest),
      damaged_safetensors);
}

std::string read_header(InputFile& file, std::uint64_t limit) {
  const std::string& path = file.path();
  if (file.size() < 8)
    throw DamagedFile(fmt::format("{}: is {} bytes long, and the shortest possible is 10", path, file.size()), damaged_safetensors);
  std::array<std::uint8_t, 8> start{};
  file.read(start.data(), start.size());
  const auto length = std::bit_cast<std::uint64_t>(start);
  if (length > file.size() - 8 && length > limit) throw no_safetensors(path, start, file.size() - 8);
  if (length > file.size() - 8)
    throw DamagedFile(fmt::format("{}: the header should be {} bytes long, and only {} follow", path, length, file.size() - 8),
                      damaged_safetensors);
  if (length > limit)
    throw Error(fmt::format("{}: a header of {} bytes, more than {} allowed", path, length, limit),
                "a file with a shorter header, or a larger Limits::header_bytes");
  std::string text(length, ' ');
  file.read(text.data(), text.size());
  if (text.empty() || text[0] != '{') throw DamagedFile(path + ": the header does not begin with '{'", damaged_safetensors);
  // The parser would take the first NUL as the end of the text, whatever follows.
  if (text.find('\0') != std::string::npos) throw DamagedFile(path + ": the header has a NUL character", damaged_safetensors);
  return text;
}

std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, [](auto* a, auto* b) { return bytes_of(a->dtype) > bytes_of(b->dtype); });
  return order;
}

std::string checked_header(const std::string& path, const std::vector<const NamedTensor*>& tensors, const Metadata& metadata) {
  std::string header = safetensors_header_text(path, tensors, metadata);
  if (const auto limit = SafetensorsFile::Limits().header_bytes; header.size() > limit)
    throw Error(fmt::format("{}: the header would be {} bytes, more than {}", path, header.size(), limit), "less metadata");
  return header;
}

}  // namespace

const char* name(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].name; }
std::size_t bytes_of(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].bytes; }

Dtype dtype_of(const std::string& name) {
  const auto found = std::ranges::find_if(dtypes, [&](const DtypeInfo& info) { return info.name == name; });
  return found == dtypes.end() ? Dtype::other : found->dtype;
}

std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& sizes, Dtype dtype) {
  std::uint64_t without_zeros = std::max<std::size_t>(bytes_of(dtype), 1);
  bool empty = false;
  for (const std::int64_t size : sizes) {
    if (size < 0) return std::nullopt;
    if (size > 0 && __builtin_mul_overflow(without_zeros, static_cast<std::uint64_t>(size), &without_zeros)) return std::nullopt;
    empty = empty || size == 0;
  }
  if (without_zeros > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return empty ? 0 : without_zeros;
}

void check_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata) {
  checked_header(path, in_file_order(tensors), metadata);
  AtomicFile(path, 0);
}

std::unique_ptr<AtomicFile> begin_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                                              const Metadata& metadata) {
  const std::vector<const NamedTensor*> order = in_file_order(tensors);
  const std::string header = checked_header(path, order, metadata);
  const std::uint64_t length = header.size();
  const auto bytes = [](const NamedTensor* tensor) { return byte_count(tensor->sizes, tensor->dtype).value(); };
  std::uint64_t total = sizeof length + length;
  for (const NamedTensor* tensor : order) total += bytes(tensor);
  auto file = std::make_unique<AtomicFile>(path, total);
  file->write(&length, sizeof length);
  file->write(header.data(), header.size());
  for (const NamedTensor* tensor : order) file->write(tensor->data, bytes(tensor));
  return file;
}

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata,
                       const std::function<void()>& last) {
  const std::unique_ptr<AtomicFile> file = begin_safetensors(path, tensors, metadata);
  if (last) last();
  file->commit();
}

SafetensorsFile SafetensorsFile::read(const std::string& path, Limits limits, const Check& check) {
  InputFile file(path);
  const std::string text = read_header(file, limits.header_bytes);
  const std::uint64_t data_bytes = file.size() - 8 - text.size();
  SafetensorsHeader header = parse_safetensors_header(path, text, data_bytes);

  SafetensorsFile result;
  result.path_ = path;
  result.metadata_ = std::move(header.metadata);
  for (TensorEntry& entry : header.entries) {
    result.index_[entry.name] = result.tensors_.size();
    result.tensors_.push_back({std::move(entry.name), dtype_of(entry.type), std::move(entry.sizes), {}, std::move(entry.type)});
  }
  if (check) check(result);
  result.data_.resize(data_bytes);
  file.read(result.data_.data(), result.data_.size());
  for (std::size_t i = 0; i < result.tensors_.size(); ++i) {
    const TensorEntry& entry = header.entries[i];
    result.tensors_[i].bytes = std::span(result.data_).subspan(entry.begin, entry.end - entry.begin);
  }
  return result;
}

std::size_t SafetensorsFile::Tensor::count() const { return product_of(sizes).value(); }

const SafetensorsFile::Tensor* SafetensorsFile::find(const std::string& name) const& {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const SafetensorsFile::Tensor& SafetensorsFile::at(const std::string& name) const& {
  if (const Tensor* tensor = find(name)) {
    if (tensor->dtype != Dtype::other) return *tensor;
    throw Error(fmt::format("{}: tensor {} is of the type {}, which is not known here", path_, in_quotes(name), tensor->type),
                "a file with F32 in its place, or find(), which gives its bytes");
  }
  std::vector<std::string> names;
  for (const Tensor& tensor : tensors_) names.push_back(tensor.name);
  throw Error(fmt::format("{}: there is no tensor {}{}", path_, in_quotes(name), did_you_mean(name, names)),
              "a name from tensors()");
}

}  // namespace cambium
