#include "cambium/framework/files/parts/safetensors_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

constexpr std::size_t most_sizes = 8;
constexpr const char* metadata_name = "__metadata__";

// Types that may come one day have names like those that there are.
bool is_type_name(const std::string& text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits);
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

// Takes the header word by word, and knows at each what may come next: so nothing can be nested deeper than the format has it,
// and nothing is stored that the format does not have.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}

  SafetensorsHeader header;

  [[noreturn]] void fail(const std::string& what) const { throw DamagedFile(path_ + ": " + what, damaged_safetensors); }

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
      header.metadata[field_] = text;
    } else if (place_ == Place::tensor && field_ == "dtype") {
      if (!is_type_name(text)) fail(fmt::format("tensor {}: dtype {} is not known here", in_quotes(name_), in_quotes(text)));
      header.entries.back().type = text;
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
      if (place_ == Place::tensor) header.entries.push_back({name_, {}, {}, 0, 0});
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
      header.entries.back().begin = list_[0], header.entries.back().end = list_[1];
      return true;
    }
    for (const std::uint64_t size : list_) {
      if (size > static_cast<std::uint64_t>(INT64_MAX))
        fail(fmt::format("tensor {}: a size of {} is too large", in_quotes(name_), size));
      header.entries.back().sizes.push_back(static_cast<std::int64_t>(size));
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
void check_offsets(const HeaderReader& reader, std::vector<TensorEntry>& entries, std::uint64_t data_bytes) {
  std::ranges::stable_sort(entries, {}, [](const TensorEntry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t next = 0;
  for (const TensorEntry& entry : entries) {
    const auto fail = [&](const std::string& what) { reader.fail("tensor " + in_quotes(entry.name) + what); };
    const Dtype dtype = dtype_of(entry.type);
    const std::optional<std::uint64_t> bytes = byte_count(entry.sizes, dtype);
    if (!bytes) fail(": the product of its sizes is too large");
    if (entry.end < entry.begin) fail(fmt::format(" ends at {}, before it begins at {}", entry.end, entry.begin));
    if (entry.end > data_bytes) fail(fmt::format(" ends at {}, and the values at {}", entry.end, data_bytes));
    if (dtype != Dtype::other && entry.end - entry.begin != *bytes)
      fail(fmt::format(": {} of ({}) takes {} bytes, and data_offsets leave {}", entry.type, fmt::join(entry.sizes, ", "), *bytes,
                       entry.end - entry.begin));
    if (entry.begin < next) fail(fmt::format(" begins at {}, inside another tensor", entry.begin));
    if (entry.begin > next) fail(fmt::format(" begins at {}, and the values before it end at {}", entry.begin, next));
    next = entry.end;
  }
  if (next != data_bytes) reader.fail(fmt::format("{} bytes at the end belong to no tensor", data_bytes - next));
}

// As JSON text, quotes included.
std::string json_of(const std::string& path, const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(path + ": " + in_quotes(text) + " is no UTF-8", "plain letters");
  }
}

void check_names(const std::string& path, std::span<const NamedTensor* const> tensors) {
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

}  // namespace

SafetensorsHeader parse_safetensors_header(const std::string& path, const std::string& text, std::uint64_t value_bytes) {
  HeaderReader reader(path);
  nlohmann::json::sax_parse(text, &reader);
  check_offsets(reader, reader.header.entries, value_bytes);
  return std::move(reader.header);
}

std::string safetensors_header_text(const std::string& path, std::span<const NamedTensor* const> tensors,
                                    const Metadata& metadata) {
  check_names(path, tensors);
  std::string text = "{";
  for (const auto& [key, value] : metadata)
    text += (text == "{" ? "\"__metadata__\":{" : ",") + json_of(path, key) + ":" + json_of(path, value);
  if (!metadata.empty()) text += "}";
  std::uint64_t offset = 0;
  for (const NamedTensor* tensor : tensors) {
    const std::optional<std::uint64_t> bytes = byte_count(tensor->sizes, tensor->dtype);
    std::uint64_t end = 0;
    if (!bytes || __builtin_add_overflow(offset, *bytes, &end))
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

}  // namespace cambium
