// Any text is a line of layers or an Error; what is a line is printed, and comes back as it was printed.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("line", data, bytes);
}
