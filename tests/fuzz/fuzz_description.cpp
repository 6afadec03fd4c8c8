// Any text as what a file says of its model: an Error, or a model that can be built, and a text that comes back.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("description", data, bytes);
}
