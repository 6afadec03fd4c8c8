// What reads files of strangers: one call for each reader, for the table of hostile files, for mutations, and for fuzz targets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cambium_tests {

// What is asked of bytes that were accepted: that they come back as they are from what is written of them, where there is a writer.
// Throws std::logic_error where they do not.
using Check = std::function<void()>;

struct Format {
  const char* name;
  // Reads the bytes as a file of this kind. Error: they are refused. All else that is thrown is a fault of the reader.
  Check (*read)(const std::string& bytes);
  // Every message has this in it: the path, for files; where in it, for texts.
  const char* place;
  // With the checksums that they should have, so that what lies behind them is looked at too; null where there are none.
  std::string (*repaired)(const std::string& bytes) = nullptr;
  // How much it may take beside twice what came in and 1 MB.
  std::uint64_t (*beside)(const std::string& bytes) = nullptr;
};

// idx, npy, npz; cifar10, cifar100, class_names, csv, csv_options, table_format; picture, image_folder; safetensors, weights,
// checkpoint, description, line.
const Format& format(const std::string& name);
const std::vector<Format>& formats();

// How many bytes the reading may take at most: twice those of the file, and of what gzip makes of it, and 1 MB.
std::int64_t allowed_memory(const Format& format, const std::string& bytes);

struct Reading {
  std::string message;      // of the Error; empty: accepted
  std::int64_t memory = 0;  // that the reading took
};
Reading reading(const Format& format, const std::string& bytes);

// For a fuzz target: the bytes as they are and repaired. Whatever is wrong ends the program.
int fuzz(const char* format, const unsigned char* data, std::size_t bytes);

}  // namespace cambium_tests
