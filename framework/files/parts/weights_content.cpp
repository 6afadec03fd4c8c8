#include "cambium/framework/files/parts/weights_content.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/base/text.h"

namespace cambium::weights_content {
namespace {

constexpr Dtype real_dtype = sizeof(real) == 4 ? Dtype::f32 : Dtype::f64;

std::vector<std::int64_t> wide(const std::vector<int>& sizes) { return {sizes.begin(), sizes.end()}; }

// IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction.
double half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double size = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                      : exponent == 0 ? std::ldexp(fraction, -24)
                                      : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

template <class T>
T raw(const SafetensorsFile::Tensor& tensor, std::size_t i) {
  T value;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
  return value;
}

// Lines of one kind: the first few, and how many there are.
struct Lines {
  static constexpr int most = 5;
  std::string text;
  int count = 0;
  void add(const std::string& line) {
    if (++count <= most) text += "\n  " + line;
  }
  std::string str() const { return count <= most ? text : text + fmt::format("\n  and {} more of this kind", count - most); }
};

// What of the file does not fit the model, or nothing.
std::string differences(const SafetensorsFile& file, const Places& places, bool more) {
  Lines missing, different, unknown;
  std::map<std::string, bool> of_model;
  for (const Place& place : places) {
    of_model[place.in_file] = true;
    const SafetensorsFile::Tensor* found = file.find(place.in_file);
    const std::string called = place.in_file == place.name ? "" : fmt::format(" ({} in the file)", shown(place.in_file));
    const std::string name = shown(place.name) + called, sizes = text_of_sizes(place.sizes);
    if (!found)
      missing.add(fmt::format("{} {}: only in the model", name, sizes));
    else if (found->sizes != place.sizes)
      different.add(fmt::format("{}: {} in the file, {} in the model", name, text_of_sizes(found->sizes), sizes));
    else if (!is_read(found->dtype))
      different.add(fmt::format("{}: {} in the file, where F64, F32, F16 or BF16 is needed", name, found->type));
  }
  for (const SafetensorsFile::Tensor& tensor : file.tensors())
    if (!more && !of_model.contains(tensor.name) && !tensor.name.starts_with(training_prefix))
      unknown.add(fmt::format("{} {}: only in the file", shown(tensor.name), text_of_sizes(tensor.sizes)));
  return different.str() + missing.str() + unknown.str();
}

// Of a file of ours: as others have "format" as well, with values of their own.
constexpr const char *format_key = "format", *our_format = "cambium", *format_version_key = "version", *format_version = "1";

void check_format(const SafetensorsFile& file) {
  const auto value = [&](const char* key, const char* usual) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? usual : found->second;
  };
  if (value(format_key, our_format) != our_format) return;
  if (const std::string version = value(format_version_key, format_version); version != format_version)
    throw Error(fmt::format("weights file {}: its version is {}, and {} is the only one that is known here", file.path(),
                            in_quotes(version), format_version),
                "the version of Cambium that wrote it");
}

constexpr const char* version_key = "weights_version";
constexpr std::uint64_t most_version = 1ULL << 53;  // state is double, and layers compare the version with it

// The version of the weights that the file was saved from; nothing in files of others.
std::optional<std::uint64_t> version_of(const SafetensorsFile& file) {
  const auto found = file.metadata().find(version_key);
  if (found == file.metadata().end()) return std::nullopt;
  std::uint64_t version = 0;
  const char *text = found->second.data(), *end = text + found->second.size();
  const auto [read, fault] = std::from_chars(text, end, version);
  if (fault != std::errc() || read != end || version > most_version)
    throw Error(fmt::format("weights file {}: its {} is {}, and must be a whole number up to {}", file.path(), version_key,
                            in_quotes(found->second), most_version),
                "the file as save_weights wrote it");
  return version;
}

// What can be neither saved nor loaded. `who` begins the message.
[[noreturn]] void refuse(const std::string& who, const Place& place, double value, std::size_t i, const char* remedy) {
  throw Error(fmt::format("{}: {} has the value {} at {}, where {} is needed", who, shown(place.name), value, i, place.range.str()),
              remedy);
}

}  // namespace

bool is_read(Dtype dtype) { return dtype == Dtype::f32 || dtype == Dtype::f64 || dtype == Dtype::f16 || dtype == Dtype::bf16; }

double value_at(const SafetensorsFile::Tensor& tensor, std::size_t i) {
  switch (tensor.dtype) {
    case Dtype::f64: return raw<double>(tensor, i);
    case Dtype::f16: return half(raw<std::uint16_t>(tensor, i));
    case Dtype::bf16: return static_cast<double>(std::bit_cast<float>(std::uint32_t{raw<std::uint16_t>(tensor, i)} << 16));
    default: return static_cast<double>(raw<float>(tensor, i));
  }
}

Places places_of(const Weights& weights) {
  double* const state = const_cast<double*>(weights.state_block().data());
  Places places;
  for (std::size_t i = 0; i < weights.tensors().size(); ++i) {
    const Weights::Tensor& tensor = weights.tensors()[i];
    const Range& range = weights.ranges()[i];
    places.push_back({tensor.name, tensor.name, wide(tensor.sizes), range.weight, nullptr, range.size});
  }
  for (const Weights::StateTensor& tensor : weights.state_tensors())
    places.push_back({tensor.name, tensor.name, wide(tensor.sizes), nullptr, state + tensor.offset, tensor.size, tensor.range});
  return places;
}

bool fits(const Place& place, const SafetensorsFile& file) {
  const SafetensorsFile::Tensor* found = file.find(place.in_file);
  return found && found->sizes == place.sizes && is_read(found->dtype);
}

std::vector<NamedTensor> tensors_of(const Weights& weights) {
  std::vector<NamedTensor> tensors;
  for (const Place& place : places_of(weights))
    tensors.push_back({place.name, place.values ? real_dtype : Dtype::f64, place.sizes,
                       place.values ? static_cast<const void*>(place.values) : place.state});
  return tensors;
}

void check_numbers(const Weights& weights, const std::string& who) {
  for (const Place& place : places_of(weights))
    for (std::size_t i = 0; i < place.count; ++i)
      if (!place.range.holds(place.at(i))) refuse(who, place, place.at(i), i, "the weights of an earlier step");
  if (weights.version() > most_version)
    throw Error(fmt::format("{}: the version of the weights is {}, and {} is the largest", who, weights.version(), most_version),
                "set_version with a smaller one");
}

Metadata metadata_of(const Weights& weights, std::span<const WeightsNote> notes) {
  Metadata metadata = {{format_key, our_format},
                       {format_version_key, format_version},
                       {version_key, std::to_string(weights.version())},
                       {checksum_key, ""}};
  for (const WeightsNote& note : notes)
    if (!metadata.try_emplace(note.key, note.text).second)
      throw Error(fmt::format("save_weights: the key {} of a note is one of the file itself, or of two notes", in_quotes(note.key)),
                  "another key, such as \"my.note\"");
  return metadata;
}

void check_header(const Places& places, const SafetensorsFile& file, bool more) {
  check_format(file);
  if (const std::string lines = differences(file, places, more); !lines.empty())
    throw Error(fmt::format("weights file {}: it holds {} tensors, the model has {}, and they differ:{}\n", file.path(),
                            file.tensors().size(), places.size(), lines),
                "building the model that was saved");
  version_of(file);
}

void check_content(const Places& places, const SafetensorsFile& file) {
  for (const Place& place : places) {
    const SafetensorsFile::Tensor& tensor = file.at(place.in_file);
    for (std::size_t i = 0; i < place.count; ++i)
      if (const double value = value_at(tensor, i); !place.range.holds(value))
        refuse("weights file " + file.path(), place, value, i, "a file of a training that went well");
  }
}

void take(Weights& weights, const Places& places, const SafetensorsFile& file) {
  for (const Place& place : places) {
    const SafetensorsFile::Tensor& tensor = file.at(place.in_file);
    for (std::size_t i = 0; i < place.count; ++i) place.set(i, value_at(tensor, i));
  }
  weights.state_replaced();
  if (const std::optional<std::uint64_t> version = version_of(file))
    weights.set_version(*version);
  else
    weights.raise_version();
}

std::vector<WeightsNote> notes_of(const SafetensorsFile& file) {
  check_format(file);
  std::vector<WeightsNote> notes;
  for (const auto& [key, text] : file.metadata())
    if (key != format_key && key != format_version_key && key != version_key && key != checksum_key) notes.push_back({key, text});
  return notes;
}

}  // namespace cambium::weights_content
