// .npy files: arrays of numbers as numpy keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cambium/framework/base/one_of.h"

namespace cambium {

// An array of any number of sizes, none for a single number; a size may be 0. The last size moves fastest (C order). The kind of
// number is the kind of vector.
struct NpyArray {
  std::vector<std::int64_t> sizes;
  OneOf<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::int16_t>, std::vector<std::uint16_t>,
        std::vector<std::int32_t>, std::vector<std::uint32_t>, std::vector<std::int64_t>, std::vector<float>, std::vector<double>>
      values;

  std::string str() const;  // "60000x28x28 of u8", "one f64"
  friend bool operator==(const NpyArray&, const NpyArray&) = default;
};

struct NpyLimits {
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 31;  // of a packed file, or of all members of an archive that are read
};

// Reads an .npy file (NEP 1, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1.0 to 3.0: eight
// bytes of magic and version, the length of the header, the header, which is a Python dictionary of type, order and sizes, and the
// values. The types are u1 i1 i2 u2 i4 u4 i8 f4 f8, the low or the high byte first, and b1 (bool), which becomes 0 or 1 of i8. A
// file that begins with the two bytes of gzip is unpacked, whatever its name. Nothing that the header says is believed before it is
// checked against the file, and memory is only taken for values that are there. Values are read as they are: NaN too.
//
// Refused, with what to do in numpy: Fortran order where it is another, Python objects (pickle, which is a program that would have
// to be run), text, records of several fields, dates, complex and other numbers. Errors name the file, what it holds and what is
// needed: no regular file (a pipe is never waited for), no .npy file, a header that is no such dictionary (with the place), cut off
// anywhere, bytes that are left over, damaged, too many bytes.
NpyArray read_npy(const std::string& path, const NpyLimits& limits = {});

// What read_npy would read, by the first bytes alone; whether the values are there is not looked at.
struct NpyHeader {
  std::string type;  // "u8"; of bools "i8"
  std::vector<std::int64_t> sizes;
  std::string str() const;  // as of the array
};
NpyHeader read_npy_header(const std::string& path);

// Writes version 1.0, the low byte first, byte for byte what numpy.save writes, whole or not at all
// (framework/files/atomic_file.h). Errors: sizes that do not fit the values, or more than 32; a place that cannot be written.
void write_npy(const std::string& path, const NpyArray& array);

}  // namespace cambium
