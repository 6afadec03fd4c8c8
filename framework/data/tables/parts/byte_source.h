// Where the bytes of a table come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace cambium {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte and up to n; 0 only at the end.
  virtual std::size_t read(char* to, std::size_t n) = 0;
  // How many bytes will come in all; 0 where nobody knows.
  virtual std::uint64_t size() const { return 0; }
};

// A file, unpacked where it is packed by gzip; or "-", standard input, which may be a pipe and is read as the bytes come.
// More than `most_unpacked` bytes out of a packed file are refused.
std::unique_ptr<ByteSource> open_source(const std::string& path, std::uint64_t most_unpacked);

// The path as messages name it.
std::string source_name(const std::string& path);

}  // namespace cambium
