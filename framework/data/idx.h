// IDX files: arrays of numbers as the MNIST data sets keep them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cambium/framework/base/one_of.h"

namespace cambium {

// An array of one to four sizes, each at least 1; the last size moves fastest. The kind of number is the kind of vector.
struct IdxArray {
  std::vector<int> sizes;
  OneOf<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::int16_t>, std::vector<std::int32_t>,
        std::vector<float>, std::vector<double>>
      values;

  std::string str() const;  // "60000x28x28 of u8"
  friend bool operator==(const IdxArray&, const IdxArray&) = default;
};

struct IdxLimits {
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 31;  // of the values of a packed file, which may be a thousand times as many
};

// Reads an IDX file (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist): two zero bytes, the code of the number type, the
// count of sizes, each size in four bytes, and the values, everything with the high byte first. A file that begins with the two
// bytes of gzip is unpacked, whatever its name. Nothing that the header says is believed before it is checked against the file, and
// memory is only taken for values that are there. Values are read as they are: NaN and infinite ones too, which a dataset refuses.
// Errors name the file, what it holds and what is needed: no such file, no regular file (a pipe is never waited for), not IDX, cut
// off anywhere, damaged, too many bytes.
IdxArray read_idx(const std::string& path, const IdxLimits& limits = {});

// What read_idx would read, by the first bytes alone; whether the values are there is not looked at.
struct IdxHeader {
  std::string type;  // "u8"
  std::vector<int> sizes;
  std::string str() const;  // "60000x28x28 of u8"
};
IdxHeader read_idx_header(const std::string& path);

// Writes an IDX file whole or not at all (see framework/files/atomic_file.h), packed by gzip when the name ends in .gz.
// Errors: sizes that do not fit the values, a place that cannot be written.
void write_idx(const std::string& path, const IdxArray& array);

}  // namespace cambium
