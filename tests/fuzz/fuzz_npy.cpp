// Any bytes as an .npy file, raw and packed: an Error, or an array that comes back from what is written of it.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("npy", data, bytes);
}
