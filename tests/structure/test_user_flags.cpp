// A user's flags, with the headers as part of his own project: no warning, and no need of exceptions or run-time types.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

namespace cambium_tests {
namespace {

bool compiles(const std::string& compiler, const std::string& standard, const std::string& flags) {
  const std::string compile = "'" + compiler + "' -std=" + standard + " -fsyntax-only -Werror " + flags + " -I '" + CAMBIUM_BINARY +
                              "/include' '" + CAMBIUM_SOURCE + "/tests/structure/user_flags/user.cpp'";
  return std::system(compile.c_str()) == 0;
}

bool is_there(const std::string& compiler) { return std::system(("command -v " + compiler + " >/dev/null").c_str()) == 0; }

constexpr const char* standards[] = {"c++20", "c++2b"};  // c++2b: C++23, also to older compilers

// What both compilers know.
const std::string warnings =
    "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wfloat-conversion -Wdouble-promotion -Wfloat-equal "
    "-Wold-style-cast -Wcast-align -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wundef -Wformat=2 "
    "-Wextra-semi -Wzero-as-null-pointer-constant -Wredundant-decls -Wmissing-declarations -Wswitch-enum -Wdeprecated ";

TEST_CASE("user flags: g++ has nothing to warn of") {
  if (!is_there("g++")) return;
  for (const char* const standard : standards)
    CHECK(compiles("g++", standard,
                   warnings + "-Wdeprecated-copy-dtor -Wsuggest-override -Wuseless-cast -Wlogical-op -Wduplicated-cond "
                              "-Wduplicated-branches -Wstrict-null-sentinel -Wcomma-subscript -Wvolatile"));
}

TEST_CASE("user flags: clang has nothing to warn of") {
  const std::string clang = is_there("clang++") ? "clang++" : "clang++-14";
  if (!is_there(clang)) return;
  CHECK(compiles(clang, "c++20", warnings));
  // All that it knows, but what forbids C++20 itself, asks for padding, and would have no class without a source file.
  for (const char* const standard : standards)
    CHECK(compiles(clang, standard,
                   "-Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded -Wno-weak-vtables "
                   "-Wno-unknown-warning-option -Wno-unsafe-buffer-usage -Wno-switch-default"));
}

TEST_CASE("user flags: headers can do without exceptions and run-time types") {
  CHECK(compiles(CAMBIUM_CXX, "c++20", "-fno-exceptions -fno-rtti"));
}

}  // namespace
}  // namespace cambium_tests
