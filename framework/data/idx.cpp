#include "cambium/framework/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/parts/file_values.h"
#include "cambium/framework/data/parts/unpacked_file.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {
namespace {

struct NumberType {
  std::uint8_t code;
  const char* name;
};
constexpr NumberType types[] = {{0x08, "u8"},  {0x09, "i8"},  {0x0B, "i16"},
                                {0x0C, "i32"}, {0x0D, "f32"}, {0x0E, "f64"}};  // as in IdxArray

std::string dimensions(const std::vector<int>& sizes) { return sizes.empty() ? "none" : text_of_sizes(sizes); }

// ------------------------------------------------------------------------------------------------------------- reading

struct Header {
  std::size_t type = 0;  // index into `types`
  std::vector<int> sizes;
  std::uint64_t bytes = 0;  // of the header itself
};

Header read_header(UnpackedFile& source) {
  unsigned char start[4] = {};
  const std::size_t got = source.read(start, 4);
  if (got < 4) source.fail(fmt::format("{} bytes are no IDX file: the header alone has at least 8", got));
  if (start[0] != 0 || start[1] != 0)
    source.fail(
        fmt::format("begins with bytes {:02x} {:02x}: IDX files begin with 00 00, and packed ones with 1f 8b", start[0], start[1]),
        "an IDX file");
  Header header;
  while (header.type < std::size(types) && types[header.type].code != start[2]) ++header.type;
  if (header.type == std::size(types))
    source.fail(fmt::format("number type 0x{:02x}: IDX knows 0x08 u8, 0x09 i8, 0x0b i16, 0x0c i32, 0x0d f32, 0x0e f64", start[2]),
                "an IDX file");
  if (start[3] < 1 || start[3] > 4)
    source.fail(fmt::format("an array of {} sizes: one to four can be read", start[3]), "another shape");
  for (int axis = 0; axis < start[3]; ++axis) {
    unsigned char b[4] = {};
    if (source.read(b, 4) < 4) source.fail(fmt::format("ends inside its header, which should give {} sizes", start[3]));
    const std::uint32_t size = std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
    if (size < 1 || size > static_cast<std::uint32_t>(std::numeric_limits<int>::max()))
      source.fail(fmt::format("size {} is {}: every size must be from 1 to 2^31 - 1", axis, size));
    header.sizes.push_back(static_cast<int>(size));
  }
  header.bytes = 4 + 4 * std::uint64_t{start[3]};
  return header;
}

// How many values the header promises, as far as the file can hold them.
std::size_t checked_count(const UnpackedFile& source, const Header& header, std::uint64_t value_bytes, const IdxLimits& limits) {
  const std::uint64_t room = source.capacity() > header.bytes ? (source.capacity() - header.bytes) / value_bytes : 0;
  const std::optional<std::size_t> count = product_of(header.sizes, room);
  if (!count)
    source.fail(fmt::format("the header promises {} values of {} bytes, and a {} of {} bytes cannot hold them",
                            dimensions(header.sizes), value_bytes, source.packed() ? "gzip file" : "file", source.file_size()));
  const std::uint64_t need = header.bytes + *count * value_bytes;
  if (!source.packed() && source.file_size() != need)
    source.fail(fmt::format("{} values of {} bytes with their header are {} bytes, and the file has {}: {} too many",
                            dimensions(header.sizes), value_bytes, need, source.file_size(), source.file_size() - need));
  if (source.packed() && *count * value_bytes > limits.unpacked_bytes)
    source.fail(fmt::format("{} values of {} bytes are packed in a file of {} bytes, and {} bytes are allowed",
                            dimensions(header.sizes), value_bytes, source.file_size(), limits.unpacked_bytes),
                "a larger IdxLimits::unpacked_bytes");
  return *count;
}

// Type number i of the file goes into alternative i of the variant.
template <class Values, std::size_t... I>
void read_as(UnpackedFile& source, const Header& header, const IdxLimits& limits, Values& values, std::index_sequence<I...>) {
  const auto read_type = [&]<std::size_t Type>() {
    using T = typename std::variant_alternative_t<Type, Values>::value_type;
    auto read = read_values<T>(source, checked_count(source, header, sizeof(T), limits), dimensions(header.sizes));
    swap_to_high_first(read.data(), read.size());
    values = std::move(read);
    return true;
  };
  static_cast<void>(((header.type == I && read_type.template operator()<I>()) || ...));
}

// ------------------------------------------------------------------------------------------------------------- writing

// A file that appears under its name when all is written, packed on the way if its name ends in .gz.
class Sink {
 public:
  explicit Sink(const std::string& path, std::uint64_t bytes) : file_(path, path.ends_with(".gz") ? 0 : bytes) {
    constexpr int level = 6, memory = 8;  // what gzip takes by itself
    if (!path.ends_with(".gz")) return;
    if (deflateInit2(&packer_, level, Z_DEFLATED, UnpackedFile::gzip_only, memory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(path + ": cannot be written: no memory to pack it", "closing other programs");
    packed_ = true;
  }
  ~Sink() {
    if (packed_) deflateEnd(&packer_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(const void* from, std::size_t n) {
    if (!packed_) return file_.write(from, n);
    packer_.next_in = static_cast<Bytef*>(const_cast<void*>(from));
    for (; n > 0; n -= std::min(n, UnpackedFile::io_limit)) {
      packer_.avail_in = static_cast<unsigned>(std::min(n, UnpackedFile::io_limit));
      pack(Z_NO_FLUSH);
    }
  }

  void finish() {
    if (packed_) pack(Z_FINISH);
    file_.commit();
  }

 private:
  // All that waits; with Z_FINISH also what the packer holds back.
  void pack(int flush) {
    do {
      packer_.next_out = buffer_, packer_.avail_out = sizeof buffer_;
      deflate(&packer_, flush);
      file_.write(buffer_, sizeof buffer_ - packer_.avail_out);
    } while (packer_.avail_out == 0);
  }

  AtomicFile file_;
  z_stream packer_ = {};
  bool packed_ = false;
  unsigned char buffer_[1 << 14];
};

void check_writable(const std::string& path, const IdxArray& array) {
  const std::size_t n = std::visit([](const auto& v) { return v.size(); }, array.values);
  const bool good =
      !array.sizes.empty() && array.sizes.size() <= 4 && std::ranges::all_of(array.sizes, [](int s) { return s >= 1; });
  if (!good || product_of(array.sizes, n) != n)
    throw Error(fmt::format("{}: cannot be written: {} values do not fill an array of sizes {}", path, n, dimensions(array.sizes)),
                "one to four sizes of at least 1, whose product is the number of values");
}

}  // namespace

std::string IdxArray::str() const { return fmt::format("{} of {}", dimensions(sizes), types[values.index()].name); }

std::string IdxHeader::str() const { return fmt::format("{} of {}", dimensions(sizes), type); }

IdxHeader read_idx_header(const std::string& path) {
  UnpackedFile source(path);
  Header header = read_header(source);
  return {types[header.type].name, std::move(header.sizes)};
}

IdxArray read_idx(const std::string& path, const IdxLimits& limits) {
  UnpackedFile source(path);
  Header header = read_header(source);
  IdxArray array;
  read_as(source, header, limits, array.values, std::make_index_sequence<std::size(types)>());
  array.sizes = std::move(header.sizes);
  return array;
}

void write_idx(const std::string& path, const IdxArray& array) {
  check_writable(path, array);
  const auto bytes_of = [](const auto& values) { return values.size() * sizeof values[0]; };
  Sink sink(path, 4 + 4 * array.sizes.size() + std::visit(bytes_of, array.values));
  const unsigned char start[4] = {0, 0, types[array.values.index()].code, static_cast<unsigned char>(array.sizes.size())};
  sink.write(start, 4);
  for (const int size : array.sizes) {
    std::int32_t big = size;
    swap_to_high_first(&big, 1);
    sink.write(&big, 4);
  }
  std::visit(
      [&](const auto& values) {
        write_swapped(
            values, [](auto* some, std::size_t n) { swap_to_high_first(some, n); },
            [&](const void* data, std::size_t bytes) { sink.write(data, bytes); });
      },
      array.values);
  sink.finish();
}

}  // namespace cambium
