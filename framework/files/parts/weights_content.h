// What a file says of the weights of a model: for weights_file.cpp, and for files that hold more than weights.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/files/safetensors.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/graph/weights.h"

namespace cambium::weights_content {

// What else a training needs to go on has names that begin so. Who wants the weights alone passes over it.
inline constexpr const char* training_prefix = "training/";
inline constexpr const char* checksum_key = "checksum";

// One tensor of the model: where its values go, what they can be, and what it is called in the file.
struct Place {
  std::string name, in_file;
  std::vector<std::int64_t> sizes;
  real* values = nullptr;   // of a parameter
  double* state = nullptr;  // or of a state
  std::size_t count = 0;
  Allowed range = allowed::value;

  double at(std::size_t i) const { return values ? static_cast<double>(values[i]) : state[i]; }
  void set(std::size_t i, double value) const {
    if (values)
      values[i] = static_cast<real>(value);
    else
      state[i] = value;
  }
};
using Places = std::vector<Place>;

// Asking in this way does not count as a change of the weights.
Places places_of(const Weights& weights);
// Whether the tensor is there in the same sizes, and of a type that is read.
bool fits(const Place& place, const SafetensorsFile& file);

bool is_read(Dtype dtype);                                              // F64, F32, F16, BF16
double value_at(const SafetensorsFile::Tensor& tensor, std::size_t i);  // of such a tensor

// As they lie in memory, to be written. Throws, with `who` before the reason, where read_weights would refuse a number.
std::vector<NamedTensor> tensors_of(const Weights& weights);
void check_numbers(const Weights& weights, const std::string& who);
// The version of format and weights, and the notes.
Metadata metadata_of(const Weights& weights, std::span<const WeightsNote> notes);

// Throws Error unless the file, of which nothing but the header needs to be there, has what fits these places; and nothing else,
// unless `more` may be there.
void check_header(const Places& places, const SafetensorsFile& file, bool more = false);
// Throws Error where a number is what the weights cannot be.
void check_content(const Places& places, const SafetensorsFile& file);
// Puts the numbers in their places, after both.
void take(Weights& weights, const Places& places, const SafetensorsFile& file);

// All texts that are not the format's own.
std::vector<WeightsNote> notes_of(const SafetensorsFile& file);

}  // namespace cambium::weights_content
