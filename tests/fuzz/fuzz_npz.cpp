// Any bytes as an .npz archive, with its checksums put right too: an Error, or arrays of which each can be read alone.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("npz", data, bytes);
}
