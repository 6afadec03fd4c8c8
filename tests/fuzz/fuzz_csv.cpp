// Any bytes as a table, the first two of them saying how it is read, and as the format of one.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  for (const char* format : {"csv_options", "table_format"}) cambium_tests::fuzz(format, data, bytes);
  return 0;
}
