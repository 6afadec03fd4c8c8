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

// As they lie in memory, to be written. Throws, with `who` before the reason, where read_weights would refuse a number.
std::vector<NamedTensor> tensors_of(const Weights& weights);
void check_numbers(const Weights& weights, const std::string& who);
// The version of format and weights, and the notes.
Metadata metadata_of(const Weights& weights, std::span<const WeightsNote> notes);

// Throws Error unless the file, of which nothing but the header needs to be there, is of this model.
void check_header(const Weights& weights, const SafetensorsFile& file);
// Throws Error where a number is what the weights cannot be.
void check_content(const Weights& weights, const SafetensorsFile& file);
// Puts the numbers in their places, after both.
void take(Weights& weights, const SafetensorsFile& file);

// All texts that are not the format's own.
std::vector<WeightsNote> notes_of(const SafetensorsFile& file);

}  // namespace cambium::weights_content
