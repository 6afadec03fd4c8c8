// Writes a zip archive whose members are not packed.
#pragma once

#include <cstdint>
#include <string>

#include "cambium/framework/files/atomic_file.h"

namespace cambium {

// From front to back, as AtomicFile writes: so the size and the checksum of a member are given before its bytes. The fields of
// zip64 are there where a number is larger than `most`.
class StoredZip {
 public:
  explicit StoredZip(const std::string& path, std::uint64_t most = 0xfffffffe) : file_(path), most_(most) {}

  void begin(const std::string& name, std::uint64_t bytes, std::uint32_t crc);
  void write(const void* data, std::size_t bytes);
  void finish();  // the directory; once, and last

 private:
  void put(const std::string& bytes) { write(bytes.data(), bytes.size()); }

  AtomicFile file_;
  const std::uint64_t most_;
  std::uint64_t at_ = 0, count_ = 0;
  std::string directory_;
};

}  // namespace cambium
