// Any bytes as an .npz archive: an Error, or arrays of which each can be read alone.
#include <cstdlib>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/npz.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace cambium;
  const cambium_tests::MemoryFile file(data, bytes);
  constexpr NpyLimits limits = {.unpacked_bytes = 1 << 24};
  std::vector<NamedHeader> headers;
  try {
    headers = read_npz_headers(file.path());
  } catch (const Error&) {
  }
  std::vector<NamedArray> arrays;
  try {
    arrays = read_npz(file.path(), limits);
  } catch (const Error&) {
    return 0;
  }
  if (headers.size() != arrays.size()) std::abort();
  for (std::size_t i = 0; i < arrays.size() && i < 4; ++i) {
    const NpyArray again = read_npz(file.path(), arrays[i].name, limits);
    if (headers[i].name != arrays[i].name || again.str() != arrays[i].array.str() || headers[i].header.str() != again.str())
      std::abort();
  }
  return 0;
}
