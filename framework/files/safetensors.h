// Tensors by name in one file, in the safetensors format that other tools read and write as well.
//
//     8 bytes      N, the length of the header, little-endian
//     N bytes      JSON: {"__metadata__": {text: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
//     the rest     the values, little-endian, the last size fastest; offsets count from here, without holes or overlap
//
// Source: the format description at https://github.com/huggingface/safetensors. Names and metadata are UTF-8; names have no
// control characters, and a tensor at most 8 sizes. A tensor of no sizes is one number, a size may be 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cambium {

class AtomicFile;

enum class Dtype { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean, other };
const char* name(Dtype dtype);      // "F32"
std::size_t bytes_of(Dtype dtype);  // 0 for `other`

// A tensor to be written.
struct NamedTensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> sizes;
  const void* data = nullptr;  // as many values as the product of the sizes
};

using Metadata = std::map<std::string, std::string>;

// Writes the file whole or not at all, see atomic_file.h. In it the wider types come first, so that all values are aligned to their
// size, and otherwise the tensors keep their order. Errors, with nothing written: a name that is empty, used twice, has control
// characters or is no UTF-8; a negative size; a type that is `other`; a header of more than 16 MB; whatever the system refuses.
// `last` is called when all is written, before the file takes its place; what it throws leaves the old file.
void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata = {},
                       const std::function<void()>& last = {});

// The same, but for the last: the file is written and has no name yet. commit() brings it to disk and into its place, in any
// thread; what the tensors point to is no longer needed for that.
std::unique_ptr<AtomicFile> begin_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                                              const Metadata& metadata = {});

// Throws what write_safetensors would throw before its first byte: what would be lost if it were found out after a long time.
void check_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata = {});

class SafetensorsFile {
 public:
  struct Tensor {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::int64_t> sizes;
    std::span<const std::byte> bytes;  // inside the file's one block of memory; copy values out, they need not be aligned
    std::string type;                  // as the file names it: "F32", or one that is not known here, "F8_E4M3" (Dtype::other)
    std::size_t count() const;         // the product of the sizes
  };
  struct Limits {
    std::uint64_t header_bytes = 16'000'000;
  };

  // Everything in the file is checked before memory is taken for the values, and no more is taken than the file is long.
  // `check` sees the file before that too: tensors without their bytes; what it throws ends the reading.
  // Errors name the file, the tensor, and what is wrong; DamagedFile: it is none of this format, or not whole. A tensor of a type
  // that is not known here is no error: tensors() lists it, find() gives its bytes, and only at() refuses it.
  using Check = std::function<void(const SafetensorsFile&)>;
  static SafetensorsFile read(const std::string& path, Limits limits, const Check& check = {});
  static SafetensorsFile read(const std::string& path) { return read(path, Limits()); }

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  const std::string& path() const { return path_; }
  const std::vector<Tensor>& tensors() const& { return tensors_; }  // in the order of their values in the file
  const Metadata& metadata() const& { return metadata_; }
  const Tensor* find(const std::string& name) const&;  // null when there is none
  const Tensor& at(const std::string& name) const&;    // Error, with the nearest name, when there is none, and when it is `other`

  void tensors() const&& = delete;                      // they would go with the file: give it a name
  void metadata() const&& = delete;                     // it would go with the file: give it a name
  void find(const std::string& name) const&& = delete;  // it would go with the file: give it a name
  void at(const std::string& name) const&& = delete;    // it would go with the file: give it a name

 private:
  SafetensorsFile() = default;

  std::string path_;
  std::vector<std::byte> data_;
  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t> index_;
  Metadata metadata_;
};

}  // namespace cambium
