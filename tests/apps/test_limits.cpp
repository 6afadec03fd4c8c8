// Programs under the limits that a shell or a container sets.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

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

TEST_CASE("threads that cannot be had are a wrong start") {
  if (!is_built("train", "under limits")) return;
  const TempFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const std::string sheet = folder.file("sheet.png");
  using Words = std::vector<std::string>;
  for (const auto& program : {std::pair<std::string, Words>{"digits", {"--sheet", sheet, "--threads", "4"}},
                              {"train", {"--threads", "4"}},
                              {"benchmark", {"--rounds", "1", "--threads", "4"}}}) {
    const std::string& name = program.first;  // clang 14 captures no part of a partition
    const Ending ending = Process(name, program.second, {.threads = false}).wait();
    if (ending.code == Process::not_started) {
      MESSAGE("not run: nobody else may start " << name);
      return;
    }
    CHECK_MESSAGE(ending.code == 2, name);
    CHECK_MESSAGE(cambium::fits(ending.err, "*" + name + ": *threads*; try *\n"), ending.err);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

#endif

}  // namespace cambium_tests
