// Files that somebody made to do harm, or that came to harm, each with what is said of it; and good ones, for mutations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cambium_tests {

struct HostileFile {
  std::string bytes;
  std::string says;      // a part of the message
  std::string what{};    // nothing: its first bytes tell
  std::int64_t most{0};  // bytes of memory that the reading may take; 0: by allowed_memory
};

struct HostileFiles {
  const char* format;  // readers.h
  std::vector<HostileFile> files;
};

const std::vector<HostileFiles>& hostile_files();
std::vector<std::string> good_files(const std::string& format);

HostileFiles hostile_idx(), hostile_npy(), hostile_npz(), hostile_cifar10(), hostile_cifar100(), hostile_class_names(),
    hostile_csv(), hostile_table_formats(), hostile_pictures(), hostile_image_folders(), hostile_safetensors(), hostile_weights(),
    hostile_checkpoints(), hostile_descriptions(), hostile_lines();

// gzip of `start`, and of `part` so many times behind it, without packing it as often. Its checksum is wrong, if anybody comes so
// far.
std::string gzip_bomb(const std::string& start, const std::string& part, int times);

}  // namespace cambium_tests
