#include "cambium/framework/files/weights_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/safetensors.h"

namespace cambium {
namespace {

constexpr Dtype real_dtype = sizeof(real) == 4 ? Dtype::f32 : Dtype::f64;

std::vector<std::int64_t> wide(const std::vector<int>& sizes) { return {sizes.begin(), sizes.end()}; }

std::string text_of_sizes(const std::vector<std::int64_t>& sizes) {
  std::string text;
  for (const std::int64_t size : sizes) {
    if (!text.empty()) text += 'x';
    text += std::to_string(size);
  }
  return text;
}

// One tensor of the model: where its values go.
struct Place {
  std::string name;
  std::vector<std::int64_t> sizes;
  real* values = nullptr;   // of a parameter
  double* state = nullptr;  // or of a state
  std::size_t count = 0;
};

// Asking in this way does not count as a change of the weights.
std::vector<Place> places_of(const Weights& weights) {
  double* const state = const_cast<double*>(weights.state_block().data());
  std::vector<Place> places;
  for (std::size_t i = 0; i < weights.tensors().size(); ++i)
    places.push_back({weights.tensors()[i].name, wide(weights.tensors()[i].sizes), weights.ranges()[i].weight, nullptr,
                      weights.ranges()[i].size});
  for (const Weights::StateTensor& tensor : weights.state_tensors())
    places.push_back({tensor.name, wide(tensor.sizes), nullptr, state + tensor.offset, tensor.size});
  return places;
}

double value_at(const SafetensorsFile::Tensor& tensor, std::size_t i) {
  if (tensor.dtype == Dtype::f64) {
    double value;
    std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
    return value;
  }
  float value;
  std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
  return static_cast<double>(value);
}

// What of the file does not fit the model: one line each, or nothing.
std::string differences(const SafetensorsFile& file, const std::vector<Place>& places) {
  std::string lines;
  for (const Place& place : places) {
    const SafetensorsFile::Tensor* found = file.find(place.name);
    if (!found)
      lines += fmt::format("\n  {} {}: only in the model", place.name, text_of_sizes(place.sizes));
    else if (found->sizes != place.sizes)
      lines += fmt::format("\n  {}: {} in the file, {} in the model", place.name, text_of_sizes(found->sizes),
                           text_of_sizes(place.sizes));
    else if (found->dtype != Dtype::f32 && found->dtype != Dtype::f64)
      lines += fmt::format("\n  {}: {} in the file, where F32 or F64 is needed", place.name, name(found->dtype));
  }
  for (const SafetensorsFile::Tensor& tensor : file.tensors()) {
    bool known = false;
    for (const Place& place : places) known |= place.name == tensor.name;
    if (!known) lines += fmt::format("\n  {} {}: only in the file", tensor.name, text_of_sizes(tensor.sizes));
  }
  return lines;
}

constexpr const char* version_key = "weights_version";

// The version of the weights that the file was saved from; nothing in files of others.
std::optional<std::uint64_t> version_of(const SafetensorsFile& file) {
  const auto found = file.metadata().find(version_key);
  if (found == file.metadata().end()) return std::nullopt;
  constexpr std::uint64_t most = 1ULL << 53;  // state is double, and layers compare the version with it
  std::uint64_t version = 0;
  bool fits = !found->second.empty();
  for (const char c : found->second) {
    fits = fits && c >= '0' && c <= '9';
    if (fits) version = version * 10 + static_cast<std::uint64_t>(c - '0');
    fits = fits && version <= most;
  }
  if (!fits)
    throw Error(fmt::format("weights file {}: its {} is '{}', and must be a whole number up to {}", file.path(), version_key,
                            found->second, most),
                "the file as save_weights wrote it");
  return version;
}

}  // namespace

void save_weights(const Weights& weights, const std::string& path) {
  std::vector<NamedTensor> tensors;
  for (const Place& place : places_of(weights))
    tensors.push_back({place.name, place.values ? real_dtype : Dtype::f64, place.sizes,
                       place.values ? static_cast<const void*>(place.values) : place.state});
  write_safetensors(path, tensors, {{"format", "cambium"}, {"version", "1"}, {version_key, std::to_string(weights.version())}});
}

void load_weights(Weights& weights, const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  const std::vector<Place> places = places_of(weights);
  const std::string lines = differences(file, places);
  if (!lines.empty())
    throw Error(fmt::format("weights file {}: it holds {} tensors, the model has {}, and they differ:{}\n", path,
                            file.tensors().size(), places.size(), lines),
                "building the model that was saved");
  for (const Place& place : places)
    for (std::size_t i = 0; i < place.count; ++i)
      if (const double value = value_at(file.at(place.name), i);
          !std::isfinite(place.values ? static_cast<double>(static_cast<real>(value)) : value))
        throw Error(fmt::format("weights file {}: {} has the value {} at {}", path, place.name, value, i),
                    "a file of a training that went well");

  const std::optional<std::uint64_t> version = version_of(file);
  for (const Place& place : places)
    for (std::size_t i = 0; i < place.count; ++i) {
      const double value = value_at(file.at(place.name), i);
      if (place.values)
        place.values[i] = static_cast<real>(value);
      else
        place.state[i] = value;
    }
  if (version) weights.set_version(*version);
  else weights.raise_version();
}

}  // namespace cambium
