#include "cambium/framework/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/input_file.h"

namespace cambium {

static_assert(std::endian::native == std::endian::little, "values go to the file as they lie in memory");

namespace {

constexpr std::size_t most_sizes = 8;
constexpr const char* metadata_name = "__metadata__";
constexpr const char* damaged = "another copy of the file, this one is damaged or no safetensors file";

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

// Types that may come one day have names like those that there are.
bool is_type_name(const std::string& text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits);
}

Dtype dtype_of(const std::string& type) {
  const auto found = std::ranges::find_if(dtypes, [&](const DtypeInfo& info) { return info.name == type; });
  return found == dtypes.end() ? Dtype::other : found->dtype;
}

bool has_control_characters(const std::string& text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// "" or what is wrong with the name of a tensor.
std::string name_fault(const std::string& name) {
  if (name.empty()) return "a tensor has an empty name";
  if (has_control_characters(name)) return "the name " + in_quotes(name) + " has control characters";
  return "";
}

// False where the product does not fit.
bool byte_count(const std::vector<std::int64_t>& sizes, Dtype dtype, std::uint64_t* bytes) {
  *bytes = std::max<std::size_t>(bytes_of(dtype), 1);
  // A size of 0 must not hide that the others are too large for whoever multiplies in another order.
  std::uint64_t without_zeros = *bytes;
  for (const std::int64_t size : sizes) {
    if (size < 0) return false;
    if (size > 0 && __builtin_mul_overflow(without_zeros, static_cast<std::uint64_t>(size), &without_zeros)) return false;
    *bytes = size == 0 ? 0 : *bytes;
  }
  if (*bytes != 0) *bytes = without_zeros;
  return without_zeros <= static_cast<std::uint64_t>(INT64_MAX);
}

// -------------------------------------------------------------------------------------------------------------- the header

struct Entry {
  std::string name, type;
  std::vector<std::int64_t> sizes;
  std::uint64_t begin = 0, end = 0;
};

// Takes the header word by word, and knows at each what may come next: so nothing can be nested deeper than the format has it,
// and nothing is stored that the format does not have.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}

  std::vector<Entry> entries;
  Metadata metadata;

  [[noreturn]] void fail(const std::string& what) const { throw Error(path_ + ": " + what, damaged); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("true or false"); }
  bool number_float(number_float_t, const string_t& text) override { unexpected("the number " + in_quotes(text)); }
  bool number_integer(number_integer_t value) override { unexpected("the number " + std::to_string(value)); }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::list) unexpected("the number " + std::to_string(value));
    if (list_.size() == (field_ == "shape" ? most_sizes : 2))
      fail(fmt::format("tensor {}: {} has more than {} numbers", in_quotes(name_), field_, list_.size()));
    list_.push_back(value);
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      metadata[field_] = text;
    } else if (place_ == Place::tensor && field_ == "dtype") {
      if (!is_type_name(text)) fail(fmt::format("tensor {}: dtype {} is not known here", in_quotes(name_), in_quotes(text)));
      entries.back().type = text;
    } else {
      unexpected("the text " + in_quotes(text));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::root;
    } else if (place_ == Place::root) {
      place_ = name_ == metadata_name ? Place::metadata : Place::tensor;
      if (place_ == Place::tensor) entries.push_back({name_, {}, {}, 0, 0});
      fields_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(string_t& key) override {
    if (place_ == Place::root) {
      if (const std::string fault = name_fault(key); !fault.empty()) fail(fault);
      if (!names_.insert(key).second) fail("the name " + in_quotes(key) + " is used twice");
      name_ = key;
      return true;
    }
    if (place_ == Place::tensor && key != "dtype" && key != "shape" && key != "data_offsets")
      fail(fmt::format("tensor {}: the format has no {}", in_quotes(name_), in_quotes(key)));
    if (!fields_.insert(key).second) fail(fmt::format("{}: {} is there twice", in_quotes(name_), in_quotes(key)));
    field_ = key;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor && fields_.size() != 3)
      for (const char* needed : {"dtype", "shape", "data_offsets"})
        if (!fields_.contains(needed)) fail(fmt::format("tensor {} has no {}", in_quotes(name_), needed));
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || field_ == "dtype") unexpected("a list");
    place_ = Place::list;
    list_.clear();
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    if (field_ == "data_offsets") {
      if (list_.size() != 2) fail(fmt::format("tensor {}: data_offsets has {} numbers, not 2", in_quotes(name_), list_.size()));
      entries.back().begin = list_[0], entries.back().end = list_[1];
      return true;
    }
    for (const std::uint64_t size : list_) {
      if (size > static_cast<std::uint64_t>(INT64_MAX))
        fail(fmt::format("tensor {}: a size of {} is too large", in_quotes(name_), size));
      entries.back().sizes.push_back(static_cast<std::int64_t>(size));
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail(fmt::format("the header is no JSON from its byte {} on", position));
  }

 private:
  enum class Place { outside, root, metadata, tensor, list };

  [[noreturn]] void unexpected(const std::string& what) const {
    switch (place_) {
      case Place::outside: fail("the header is " + what + ", not an object");
      case Place::root: fail(in_quotes(name_) + " is " + what + ", not an object");
      case Place::metadata: fail(fmt::format("metadata {} is {}, not a text", in_quotes(field_), what));
      case Place::tensor: fail(fmt::format("tensor {}: {} is {}", in_quotes(name_), field_, what));
      case Place::list: fail(fmt::format("tensor {}: {} holds {}", in_quotes(name_), field_, what));
    }
    fail("the header holds " + what);
  }

  const std::string& path_;
  Place place_ = Place::outside;
  std::string name_, field_;
  std::set<std::string> names_, fields_;
  std::vector<std::uint64_t> list_;
};

// Sorts the entries by their place and makes sure that they cover the values exactly.
void check_offsets(const HeaderReader& header, std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::ranges::stable_sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t next = 0;
  for (const Entry& entry : entries) {
    const auto fail = [&](const std::string& what) { header.fail("tensor " + in_quotes(entry.name) + what); };
    const Dtype dtype = dtype_of(entry.type);
    std::uint64_t bytes = 0;
    if (!byte_count(entry.sizes, dtype, &bytes)) fail(": the product of its sizes is too large");
    if (entry.end < entry.begin) fail(fmt::format(" ends at {}, before it begins at {}", entry.end, entry.begin));
    if (entry.end > data_bytes) fail(fmt::format(" ends at {}, and the values at {}", entry.end, data_bytes));
    if (dtype != Dtype::other && entry.end - entry.begin != bytes)
      fail(fmt::format(": {} of ({}) takes {} bytes, and data_offsets leave {}", entry.type, fmt::join(entry.sizes, ", "), bytes,
                       entry.end - entry.begin));
    if (entry.begin < next) fail(fmt::format(" begins at {}, inside another tensor", entry.begin));
    if (entry.begin > next) fail(fmt::format(" begins at {}, and the values before it end at {}", entry.begin, next));
    next = entry.end;
  }
  if (next != data_bytes) header.fail(fmt::format("{} bytes at the end belong to no tensor", data_bytes - next));
}

// -------------------------------------------------------------------------------------------------------------- bytes

std::string read_header(InputFile& file, std::uint64_t limit) {
  const std::string& path = file.path();
  if (file.size() < 8)
    throw Error(fmt::format("{}: is {} bytes long, and the shortest possible is 10", path, file.size()), damaged);
  std::uint64_t length = 0;
  file.read(&length, 8);
  if (length > file.size() - 8)
    throw Error(fmt::format("{}: the header should be {} bytes long, and only {} follow", path, length, file.size() - 8), damaged);
  if (length > limit)
    throw Error(fmt::format("{}: a header of {} bytes, more than {} allowed", path, length, limit),
                "a larger Limits::header_bytes");
  std::string text(static_cast<std::size_t>(length), ' ');
  file.read(text.data(), text.size());
  if (text.empty() || text[0] != '{') throw Error(path + ": the header does not begin with '{'", damaged);
  // The parser would take the first NUL as the end of the text, whatever follows.
  if (text.find('\0') != std::string::npos) throw Error(path + ": the header has a NUL character", damaged);
  return text;
}

// As JSON text, quotes included.
std::string json_of(const std::string& path, const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(path + ": " + in_quotes(text) + " is no UTF-8", "plain letters");
  }
}

std::string header_text(const std::string& path, const std::vector<const NamedTensor*>& tensors, const Metadata& metadata) {
  std::string text = "{";
  for (const auto& [key, value] : metadata)
    text += (text == "{" ? "\"__metadata__\":{" : ",") + json_of(path, key) + ":" + json_of(path, value);
  if (!metadata.empty()) text += "}";
  std::uint64_t offset = 0;
  for (const NamedTensor* tensor : tensors) {
    std::uint64_t bytes = 0, end = 0;
    if (!byte_count(tensor->sizes, tensor->dtype, &bytes) || __builtin_add_overflow(offset, bytes, &end))
      throw Error(fmt::format("{}: tensor {} of ({}) has a negative or too large size", path, in_quotes(tensor->name),
                              fmt::join(tensor->sizes, ", ")),
                  "the sizes of its values");
    text += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", text.size() > 1 ? "," : "",
                        json_of(path, tensor->name), name(tensor->dtype), fmt::join(tensor->sizes, ","), offset, end);
    offset = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the values are aligned
  return text;
}

void check_names(const std::string& path, const std::vector<const NamedTensor*>& tensors) {
  std::set<std::string> names;
  for (const NamedTensor* each : tensors) {
    const NamedTensor& tensor = *each;
    if (const std::string fault = name_fault(tensor.name); !fault.empty()) throw Error(path + ": " + fault, "plain letters");
    if (tensor.dtype == Dtype::other)
      throw Error(fmt::format("{}: tensor {} is of a type that is not known here", path, in_quotes(tensor.name)), "another Dtype");
    if (tensor.name == metadata_name) throw Error(path + ": no tensor can be called __metadata__", "another name");
    if (!names.insert(tensor.name).second) throw Error(path + ": two tensors are called " + in_quotes(tensor.name), "another name");
    if (tensor.sizes.size() > most_sizes)
      throw Error(fmt::format("{}: tensor {} has more than {} sizes", path, in_quotes(tensor.name), most_sizes),
                  "joining some of them");
  }
}

std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, [](auto* a, auto* b) { return bytes_of(a->dtype) > bytes_of(b->dtype); });
  return order;
}

std::string checked_header(const std::string& path, const std::vector<const NamedTensor*>& tensors, const Metadata& metadata) {
  check_names(path, tensors);
  std::string header = header_text(path, tensors, metadata);
  if (const auto limit = SafetensorsFile::Limits().header_bytes; header.size() > limit)
    throw Error(fmt::format("{}: the header would be {} bytes, more than {}", path, header.size(), limit), "less metadata");
  return header;
}

}  // namespace

const char* name(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].name; }
std::size_t bytes_of(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].bytes; }

void check_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata) {
  checked_header(path, in_file_order(tensors), metadata);
  AtomicFile(path, 0);
}

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata,
                       const std::function<void()>& last) {
  const std::vector<const NamedTensor*> order = in_file_order(tensors);
  const std::string header = checked_header(path, order, metadata);
  const std::uint64_t length = header.size();
  std::uint64_t total = sizeof length + length, bytes = 0;
  for (const NamedTensor* tensor : order)
    if (byte_count(tensor->sizes, tensor->dtype, &bytes)) total += bytes;
  AtomicFile file(path, total);
  file.write(&length, sizeof length);
  file.write(header.data(), header.size());
  for (const NamedTensor* tensor : order)
    if (byte_count(tensor->sizes, tensor->dtype, &bytes)) file.write(tensor->data, static_cast<std::size_t>(bytes));
  if (last) last();
  file.commit();
}

SafetensorsFile SafetensorsFile::read(const std::string& path, Limits limits, const Check& check) {
  InputFile file(path);
  const std::string text = read_header(file, limits.header_bytes);
  HeaderReader header(path);
  nlohmann::json::sax_parse(text, &header);
  const std::uint64_t data_bytes = file.size() - 8 - text.size();
  check_offsets(header, header.entries, data_bytes);

  SafetensorsFile result;
  result.path_ = path;
  result.metadata_ = std::move(header.metadata);
  for (Entry& entry : header.entries) {
    result.index_[entry.name] = result.tensors_.size();
    result.tensors_.push_back({std::move(entry.name), dtype_of(entry.type), std::move(entry.sizes), {}, std::move(entry.type)});
  }
  if (check) check(result);
  result.data_.resize(static_cast<std::size_t>(data_bytes));
  file.read(result.data_.data(), result.data_.size());
  for (std::size_t i = 0; i < result.tensors_.size(); ++i) {
    const auto begin = static_cast<std::size_t>(header.entries[i].begin), end = static_cast<std::size_t>(header.entries[i].end);
    result.tensors_[i].bytes = std::span(result.data_).subspan(begin, end - begin);
  }
  return result;
}

std::size_t SafetensorsFile::Tensor::count() const {
  std::size_t count = 1;
  for (const std::int64_t size : sizes) count *= static_cast<std::size_t>(size);
  return count;
}

const SafetensorsFile::Tensor* SafetensorsFile::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const SafetensorsFile::Tensor& SafetensorsFile::at(const std::string& name) const {
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
