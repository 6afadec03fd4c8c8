// Arrays: IDX, .npy, .npz.
#include <unistd.h>

#include <cstring>
#include <memory>
#include <variant>

#include "cambium/framework/data/idx.h"
#include "cambium/framework/data/npz.h"
#include "cambium/framework/data/parts/npy_impl.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using namespace cambium;

constexpr std::uint64_t unpacked_bytes = 1 << 24;  // of values in a packed file, while this is tested

// As bytes, because NaN is not equal to itself.
template <class Array>
bool same(const Array& a, const Array& b) {
  const auto same_bytes = [&]<class T>(const std::vector<T>& values) {
    const auto& others = std::get<std::vector<T>>(b.values);
    return values.empty() || std::memcmp(values.data(), others.data(), values.size() * sizeof(T)) == 0;
  };
  return a.str() == b.str() && std::visit(same_bytes, a.values);
}

Check read_idx_file(const std::string& bytes) {
  const MemoryFile file(bytes);
  auto array = std::make_shared<IdxArray>(read_idx(file.path(), {.unpacked_bytes = unpacked_bytes}));
  const std::string header = read_idx_header(file.path()).str();
  return [array, header] {
    static const TempFolder folder(quick_folder());
    require(array->str() == header, "the header of an IDX file is another than that of its array");
    write_idx(folder.file("idx"), *array);
    require(same(read_idx(folder.file("idx")), *array), "an IDX array does not come back");
  };
}

std::string written(const NpyArray& array) {
  std::string bytes = npy_header_bytes("memory", array);
  write_npy_values(array, [&bytes](const void* data, std::size_t n) { bytes.append(static_cast<const char*>(data), n); });
  return bytes;
}

Check read_npy_file(const std::string& bytes) {
  const MemoryFile file(bytes);
  auto array = std::make_shared<NpyArray>(read_npy(file.path(), {.unpacked_bytes = unpacked_bytes}));
  const std::string header = read_npy_header(file.path()).str();
  return [array, header] {
    require(array->str() == header, "the header of an .npy file is another than that of its array");
    const MemoryFile again(written(*array));
    require(same(read_npy(again.path()), *array), "an .npy array does not come back");
  };
}

Check read_npz_file(const std::string& bytes) {
  const MemoryFile file(bytes);
  auto arrays = std::make_shared<std::vector<NamedArray>>(read_npz(file.path(), {.unpacked_bytes = unpacked_bytes}));
  return [arrays, bytes] {
    const MemoryFile again(bytes);
    const auto headers = read_npz_headers(again.path());
    require(headers.size() == arrays->size(), "an .npz archive has other headers than arrays");
    for (std::size_t i = 0; i < arrays->size() && i < 4; ++i) {
      const auto& [name, array] = (*arrays)[i];
      require(headers[i].name == name && headers[i].header.str() == array.str(), "an .npz archive has other headers than arrays");
      require(same(read_npz(again.path(), name, {.unpacked_bytes = unpacked_bytes}), array),
              "an array is another when it is read alone");
    }
  };
}

// libzip takes the count of members at the end of an archive for granted, where it has 16 bits.
std::uint64_t beside_zip(const std::string&) { return 65536 * 32; }

}  // namespace

std::vector<Format> array_formats() {
  return {{"idx", read_idx_file, memory_place, packed_again},
          {"npy", read_npy_file, memory_place, packed_again},
          {"npz", read_npz_file, memory_place, repaired_zip, beside_zip}};
}

}  // namespace cambium_tests
