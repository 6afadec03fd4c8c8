// Any bytes as an IDX file, packed or not: an Error, or an array that comes back from what is written of it.
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/idx.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  using namespace cambium;
  const cambium_tests::MemoryFile file(data, bytes);
  const IdxLimits limits{.unpacked_bytes = 1 << 24};
  IdxArray array;
  try {
    array = read_idx(file.path(), limits);
    read_idx_header(file.path());
  } catch (const Error&) {
    return 0;
  }
  static const std::string path = "/dev/shm/cambium_fuzz_idx_" + std::to_string(getpid());
  write_idx(path, array);
  if (read_idx(path).str() != array.str()) std::abort();
  unlink(path.c_str());
  return 0;
}
