// Any bytes as weights of a model, with the checksum put right too.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("weights", data, bytes);
}
