// Whether a file still holds what was written into it.
#pragma once

#include <span>
#include <string>

#include "cambium/framework/files/safetensors.h"

namespace cambium {

// "crc32:1c291ca3", of all names, types, sizes and values and of all texts but the one under `key`, in the order of their names: so
// that it is the same however the file is laid out. It finds every change of up to 32 bits in a row, and of others all but one in
// four billion.
std::string checksum_of(std::span<const NamedTensor> tensors, const Metadata& metadata, const std::string& key);

// Throws DamagedFile, naming the file, where its text under `key` is another checksum than that of what it holds. A file without
// such a text has none.
void check_checksum(const SafetensorsFile& file, const std::string& key);

}  // namespace cambium
