// Any bytes packed by gzip, as an IDX file: what lies behind its checksums.
#include "tests/hostile/readers.h"
#include "tests/hostile/repair.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  const std::string packed = cambium_tests::gzip_of(std::string(reinterpret_cast<const char*>(data), bytes));
  return cambium_tests::fuzz("idx", reinterpret_cast<const unsigned char*>(packed.data()), packed.size());
}
