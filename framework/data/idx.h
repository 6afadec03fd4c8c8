// IDX files: arrays of numbers as the MNIST data sets keep them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cambium {

// An array of one to four sizes, each at least 1; the last size moves fastest. The kind of number is the kind of vector.
struct IdxArray {
  std::vector<int> sizes;
  std::variant<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::int16_t>, std::vector<std::int32_t>,
               std::vector<float>, std::vector<double>>
      values;

  std::string str() const;  // "60000x28x28 of u8"
  friend bool operator==(const IdxArray&, const IdxArray&) = default;
};

// Reads an IDX file (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist): two zero bytes, the code of the number type, the
// count of sizes, each size in four bytes, and the values, everything with the high byte first. A file that begins with the two
// bytes of gzip is unpacked, whatever its name. Nothing that the header says is believed before it is checked against the file, so
// memory is only taken for values that are there.
// Errors name the file, what it holds and what is needed: no such file, not IDX, cut off anywhere, damaged, too many bytes.
IdxArray read_idx(const std::string& path);

// Writes an IDX file, packed by gzip when the name ends in .gz. The file appears under its name only when it is complete.
// Errors: sizes that do not fit the values, a place that cannot be written.
void write_idx(const std::string& path, const IdxArray& array);

}  // namespace cambium
