// What stands before the values of an .npy file, read and written; and the values.
#pragma once

#include <functional>

#include "cambium/framework/data/npy.h"

namespace cambium {

// What an array is read from: a file, or a member of an archive.
class NpySource {
 public:
  NpySource() = default;
  virtual ~NpySource() = default;
  NpySource(const NpySource&) = delete;
  NpySource& operator=(const NpySource&) = delete;

  virtual std::string name() const = 0;                       // for messages: the file, and the member
  virtual std::size_t read(void* to, std::size_t bytes) = 0;  // fewer only at the end
  virtual std::uint64_t capacity() const = 0;                 // no more bytes than this can come out of it
  virtual bool exact() const = 0;                             // exactly so many must come
  virtual bool packed() const = 0;                            // and may not come, whatever is promised
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy = "getting the file again") const;
};

struct NpyFormat {
  std::size_t type = 0;  // number of the alternative in NpyArray::values
  bool boolean = false;  // bytes of which only 0 is false
  bool swapped = false;  // the other byte first than on this machine
  std::vector<std::int64_t> sizes;
  std::uint64_t bytes = 0;  // from the start of the file to the values
};

// Takes the source up to the values, which may still be missing.
NpyFormat read_npy_format(NpySource& source);
NpyHeader npy_header(const NpyFormat& format);

// Then the values, to the end of the source.
NpyArray read_npy_values(NpySource& source, const NpyFormat& format, const NpyLimits& limits);

// What numpy.save writes before the values. Throws Error, naming the place `who`, where the sizes do not fit the values.
std::string npy_header_bytes(const std::string& who, const NpyArray& array);

// Hands the values, the low byte first, to `write`, some at a time.
void write_npy_values(const NpyArray& array, const std::function<void(const void* data, std::size_t bytes)>& write);

}  // namespace cambium
