// Any bytes as a picture file: an Error, or a picture that its header announced, and that comes back from what write_png makes of
// it.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  return cambium_tests::fuzz("picture", data, bytes);
}
