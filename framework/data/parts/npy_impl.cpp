#include "cambium/framework/data/parts/npy_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/parts/file_values.h"
#include "cambium/framework/data/parts/npy_literal.h"

namespace cambium {
namespace {

using Values = decltype(NpyArray::values);

struct NumberType {
  const char* code;  // in a header, behind the order of bytes
  const char* name;
  std::size_t bytes;
};
constexpr NumberType types[] = {{"u1", "u8", 1},  {"i1", "i8", 1},  {"i2", "i16", 2}, {"u2", "u16", 2}, {"i4", "i32", 4},
                                {"u4", "u32", 4}, {"i8", "i64", 8}, {"f4", "f32", 4}, {"f8", "f64", 8}};  // as in NpyArray
static_assert(std::size(types) == std::variant_size_v<Values>);
constexpr std::size_t boolean = 1;  // is read as i8, because u8 are parts of 255

constexpr char magic[] = "\x93NUMPY";
constexpr std::size_t magic_bytes = 6, most_text = 1 << 16;
constexpr bool little = std::endian::native == std::endian::little;

std::string text_of(const std::vector<std::int64_t>& sizes) { return sizes.empty() ? "one" : text_of_sizes(sizes); }

// How many values these sizes make; a size of 0 must not hide the others from who multiplies in another order.
std::optional<std::size_t> count_of(const std::vector<std::int64_t>& sizes) {
  std::vector<std::int64_t> some;
  std::copy_if(sizes.begin(), sizes.end(), std::back_inserter(some), [](std::int64_t size) { return size != 0; });
  const auto count = product_of(some, std::numeric_limits<std::int64_t>::max());
  return count && some.size() < sizes.size() ? 0 : count;
}

// ------------------------------------------------------------------------------------------------------------- reading

[[noreturn]] void refuse_type(const NpySource& source, const std::string& type) {
  constexpr std::pair<char, const char*> kinds[] = {{'O', "Python objects, which only a program in the file could make"},
                                                    {'U', "text"},
                                                    {'S', "text"},
                                                    {'a', "text"},
                                                    {'V', "records or raw bytes"},
                                                    {'c', "complex numbers"},
                                                    {'M', "dates"},
                                                    {'m', "spans of time"}};
  const std::size_t at = type.find_first_not_of("<>|=");
  std::string what = "numbers of another type";
  for (const auto& [kind, name] : kinds)
    if (at < type.size() && type[at] == kind) what = name;
  source.fail(fmt::format("holds {} ({}); u1 i1 i2 u2 i4 u4 i8 f4 f8 and b1 can be read", what, in_quotes(type, 20)),
              "numbers: np.save(path, x.astype(np.float32))");
}

void set_type(const NpySource& source, const std::string& type, NpyFormat& format) {
  const char order = type.empty() ? '\0' : type[0];
  const std::string code = type.empty() ? "" : type.substr(1);
  format.boolean = code == "b1";
  while (format.type < std::size(types) && types[format.type].code != code) ++format.type;
  if (format.boolean) format.type = boolean;
  if (format.type == std::size(types) || (order != '<' && order != '>' && order != '|')) refuse_type(source, type);
  if (order == '|' && types[format.type].bytes > 1) refuse_type(source, type);
  format.swapped = order == (little ? '>' : '<');
}

// Up to the length of the header's text, which it returns.
std::size_t read_start(NpySource& source, NpyFormat& format) {
  unsigned char start[12] = {};
  const std::size_t got = source.read(start, 8);
  if (got >= 2 && start[0] == 'P' && start[1] == 'K')
    source.fail("is a zip archive, as numpy.savez makes them, and one array is needed", "what reads .npz files");
  if (std::memcmp(start, magic, std::min(got, magic_bytes)) != 0)
    source.fail(fmt::format("begins with bytes {:02x} {:02x}: .npy files begin with 93 4e", start[0], start[1]), "an .npy file");
  if (got < 8) source.fail(fmt::format("{} bytes are no .npy file: the header alone has at least 10", got));
  const int version = start[6];
  if (version < 1 || version > 3 || start[7] != 0)
    source.fail(fmt::format("is of version {}.{}: 1.0, 2.0 and 3.0 can be read", start[6], start[7]), "saving it again with numpy");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (source.read(start + 8, length_bytes) < length_bytes) source.fail("ends inside its header");
  const std::size_t length = start[8] | std::size_t{start[9]} << 8 | std::size_t{start[10]} << 16 | std::size_t{start[11]} << 24;
  if (length > most_text)
    source.fail(fmt::format("has a header of {} bytes, and that of an array of numbers has at most {}", length, most_text),
                "an array of numbers");
  format.bytes = 8 + length_bytes + length;
  return length;
}

// Fails for what the source cannot hold.
std::size_t checked_count(const NpySource& source, const NpyFormat& format, const NpyLimits& limits) {
  const std::uint64_t each = types[format.type].bytes, all = source.capacity();
  const std::string promise = fmt::format("{} values of {} bytes", text_of(format.sizes), each);
  const std::optional<std::size_t> count = count_of(format.sizes);
  const std::uint64_t room = all > format.bytes ? all - format.bytes : 0;
  if (!count || *count > room / each)
    source.fail(fmt::format("the header promises {}, and {} bytes{} cannot hold them", promise, all,
                            source.exact() ? "" : ", which is all that can be packed in it,"));
  if (source.exact() && format.bytes + *count * each != all)
    source.fail(fmt::format("{} with their header are {} bytes, and the file has {}: {} too many", promise,
                            format.bytes + *count * each, all, room - *count * each),
                "one array in each file");
  if (!source.exact() && *count * each > limits.unpacked_bytes)
    source.fail(fmt::format("{} are packed in it, and {} bytes are allowed", promise, limits.unpacked_bytes),
                "smaller arrays, or a larger NpyLimits::unpacked_bytes");
  return *count;
}

// Type number i of the file goes into alternative i of the variant.
template <std::size_t... I>
void read_as(NpySource& source, const NpyFormat& format, std::size_t count, Values& values, std::index_sequence<I...>) {
  const auto read_type = [&]<std::size_t Type>() {
    using T = typename std::variant_alternative_t<Type, Values>::value_type;
    auto read = read_values<T>(source, count, text_of(format.sizes));
    if (format.swapped) swap_bytes(read.data(), read.size());
    if (format.boolean)
      for (T& value : read) value = value != 0;
    values = std::move(read);
    return true;
  };
  static_cast<void>(((format.type == I && read_type.template operator()<I>()) || ...));
}

}  // namespace

void NpySource::fail(const std::string& problem, const std::string& remedy) const { throw Error(name() + ": " + problem, remedy); }

NpyFormat read_npy_format(NpySource& source) {
  NpyFormat format;
  std::string text(read_start(source, format), '\0');
  if (source.read(text.data(), text.size()) < text.size()) source.fail("ends inside its header");
  NpyLiteral literal = parse_npy_literal(source.name(), text);
  set_type(source, literal.type, format);
  const auto is_wide = [](std::int64_t size) { return size > 1; };
  if (literal.fortran_order && std::count_if(literal.sizes.begin(), literal.sizes.end(), is_wide) > 1)
    source.fail(
        fmt::format("holds {} values in Fortran order, the first size fastest, and C order is needed", text_of(literal.sizes)),
        "np.save(path, np.ascontiguousarray(x))");
  format.sizes = std::move(literal.sizes);
  return format;
}

NpyHeader npy_header(const NpyFormat& format) { return {types[format.type].name, format.sizes}; }

NpyArray read_npy_values(NpySource& source, const NpyFormat& format, const NpyLimits& limits) {
  NpyArray array{format.sizes, {}};
  read_as(source, format, checked_count(source, format, limits), array.values, std::make_index_sequence<std::size(types)>());
  return array;
}

// ------------------------------------------------------------------------------------------------------------- writing

std::string npy_header_bytes(const std::string& who, const NpyArray& array) {
  const std::size_t n = std::visit([](const auto& v) { return v.size(); }, array.values);
  const bool good = array.sizes.size() <= 32 && std::ranges::all_of(array.sizes, [](std::int64_t size) { return size >= 0; });
  if (!good || count_of(array.sizes) != n)
    throw Error(fmt::format("{}: cannot be written: {} values do not fill an array of sizes {}", who, n, text_of(array.sizes)),
                "at most 32 sizes of at least 0, whose product is the number of values");
  const NumberType& type = types[array.values.index()];
  std::string sizes;
  for (const std::int64_t size : array.sizes) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  if (array.sizes.size() == 1) sizes += ',';
  std::string text =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}", type.bytes > 1 ? '<' : '|', type.code, sizes);
  // numpy leaves room for a first size of 21 digits, and lets the values begin at a multiple of 64 bytes
  if (!array.sizes.empty()) text.append(21 - std::to_string(array.sizes[0]).size(), ' ');
  constexpr std::size_t before = magic_bytes + 4, align = 64;
  text.append(align - (before + text.size() + 1) % align, ' ').push_back('\n');
  const char lengths[] = {1, 0, static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  return std::string(magic, magic_bytes) + std::string(lengths, sizeof lengths) + text;
}

void write_npy_values(const NpyArray& array, const std::function<void(const void* data, std::size_t bytes)>& write) {
  const auto write_all = [&write]<class T>(const std::vector<T>& values) {
    if (values.empty()) return;
    if (little || sizeof(T) == 1) return write(values.data(), values.size() * sizeof(T));
    write_swapped(values, swap_to_low_first<T>, write);
  };
  std::visit(write_all, array.values);
}

std::string NpyArray::str() const { return fmt::format("{} of {}", text_of(sizes), types[values.index()].name); }

std::string NpyHeader::str() const { return fmt::format("{} of {}", text_of(sizes), type); }

}  // namespace cambium
