// What it costs to compile a user's file with a whole model in it: 2 s of processor time with g++ -O2 and 250 MB are the aim.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace cambium_tests {
namespace {

// Of all programs that this one has started and waited for.
double seconds_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of the largest of them.
double megabytes_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of one file, compiled by itself.
double seconds_to_compile(const std::string& file) {
  const std::string compile = std::string("'") + CAMBIUM_CXX + "' -std=c++20 -O2 -I '" + CAMBIUM_BINARY + "/include' -c '" +
                              CAMBIUM_SOURCE + "/tests/structure/compile_cost/" + file + "' -o /dev/null";
  const double before = seconds_of_children();
  REQUIRE(std::system(compile.c_str()) == 0);
  return seconds_of_children() - before;
}

// How busy and how fast the machine is goes into the time, so it is held to a yardstick that is measured beside it: a file with
// nothing but headers of the standard library. It took 3 of those on the machine of the aim, and takes 4.4 to 5.1 on another one.
// Memory is held to exactly.
TEST_CASE("compile cost of a user's file with a model") {
  double best = 1e9, yardstick = 1e9;
  for (int attempt = 0; attempt < 3 && (attempt == 0 || (best > 2 && best > 3 * yardstick)); ++attempt) {
    yardstick = std::min(yardstick, seconds_to_compile("yardstick.cpp"));
    best = std::min(best, seconds_to_compile("conv_bn_user.cpp"));
  }
  std::printf("compile cost of a user's file: %.2f s of processor time (aim 2.0), %.1f times the yardstick, %.0f MB (aim 250)\n",
              best, best / yardstick, megabytes_of_children());
  CHECK(best <= 6 * yardstick);
  CHECK(megabytes_of_children() <= 250);
}

}  // namespace
}  // namespace cambium_tests
