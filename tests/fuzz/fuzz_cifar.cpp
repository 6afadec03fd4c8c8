// Any bytes as records of CIFAR-10 and CIFAR-100, and as names of classes.
#include "tests/hostile/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  for (const char* format : {"cifar10", "cifar100", "class_names"}) cambium_tests::fuzz(format, data, bytes);
  return 0;
}
