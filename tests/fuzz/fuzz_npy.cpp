// Any bytes as an .npy file: an Error, or an array that comes back from what is written of it.
#include <cstdlib>
#include <string>
#include <variant>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/npy.h"
#include "cambium/framework/data/parts/npy_impl.h"
#include "tests/fuzz/memory_file.h"

namespace cambium {
namespace {

using cambium_tests::MemoryFile;

constexpr NpyLimits limits = {.unpacked_bytes = 1 << 24};

std::string written(const NpyArray& array) {
  std::string bytes = npy_header_bytes("memory", array);
  write_npy_values(array, [&bytes](const void* data, std::size_t n) { bytes.append(static_cast<const char*>(data), n); });
  return bytes;
}

void check(const NpyArray& array, const NpyHeader& header) {
  if (array.str() != header.str()) std::abort();
  const std::string bytes = written(array);  // throws where the values do not fill the sizes
  const MemoryFile file(bytes.data(), bytes.size());
  if (written(read_npy(file.path())) != bytes) std::abort();  // as bytes, because NaN is not equal to itself
}

}  // namespace
}  // namespace cambium

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  const cambium_tests::MemoryFile file(data, bytes);
  cambium::NpyArray array;
  cambium::NpyHeader header;
  try {
    array = cambium::read_npy(file.path(), cambium::limits);
    header = cambium::read_npy_header(file.path());
  } catch (const cambium::Error&) {
    return 0;
  }
  cambium::check(array, header);
  return 0;
}
