// Any bytes as a safetensors file: an Error, or tensors that come back from what is written of them.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("safetensors", data, bytes);
}
