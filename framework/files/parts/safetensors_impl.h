// The header of a safetensors file: JSON, read and written.
#pragma once

#include <optional>

#include "cambium/framework/files/damaged_file.h"
#include "cambium/framework/files/safetensors.h"

namespace cambium {

Dtype dtype_of(const std::string& name);  // `other` where no type is called so

// How many bytes the values of such a tensor take, those of type `other` one each; nothing where a size is negative, or the product
// of those that are not 0 is too large: a size of 0 must not hide it from a reader that multiplies in another order.
std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& sizes, Dtype dtype);

// What the header says of one tensor; its values lie from byte `begin` to byte `end` of all values.
struct TensorEntry {
  std::string name, type;
  std::vector<std::int64_t> sizes;
  std::uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // in the order of their values
  Metadata metadata;
};

// Throws DamagedFile, naming the file `path`, for what is no header of a file with so many bytes of values, which the entries must
// cover without holes or overlap.
SafetensorsHeader parse_safetensors_header(const std::string& path, const std::string& text, std::uint64_t value_bytes);

// The header of a file in which these tensors lie one after the other. Throws Error for what the format cannot hold.
std::string safetensors_header_text(const std::string& path, std::span<const NamedTensor* const> tensors, const Metadata& metadata);

// The remedy of each DamagedFile.
constexpr const char* damaged_safetensors = "another copy of the file, this one is damaged or no safetensors file";

}  // namespace cambium
