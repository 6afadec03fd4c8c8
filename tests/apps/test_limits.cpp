// Programs under the limits that a shell or a container sets.
#include <doctest/doctest.h>

#include <string>

#include "tests/apps/run_app.h"

namespace cambium_tests {

#if !defined(__SANITIZE_ADDRESS__)  // it takes terabytes of addresses

TEST_CASE("training ends where there is no room for OpenBLAS, and learns the same") {
  if (!is_built("train", "under limits")) return;
  const std::string task = "--model linear --epochs 1 --threads 1";
  const Ending limited = run_app("train", task, "ulimit -v 150000; timeout 60");
  CHECK(limited.code == 0);
  CHECK(limited.out.find("without OpenBLAS") != std::string::npos);
  CHECK(limited.out.find("test accuracy ") != std::string::npos);
  CHECK(limited.err == "");
}

#endif

}  // namespace cambium_tests
