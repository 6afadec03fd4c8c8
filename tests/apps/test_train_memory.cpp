// A training in less memory than it needs: it is refused, or what it has learnt by then is saved.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

#if !defined(__SANITIZE_ADDRESS__)  // it takes terabytes of addresses

namespace {

using namespace cambium_tests;

std::string within(int kilobytes) { return fmt::format("ulimit -c 0; ulimit -v {}; timeout 60", kilobytes); }

struct Seen {
  int refused = 0, broken = 0, done = 0;
};

// With more and more of it, until there is enough.
Seen train_in_little_memory(const std::string& folder, const std::string& more, bool saves) {
  int least = 4000;  // for the program alone, and a little for throwing exceptions
  while (least < 1'000'000 && run_app("train", "--help", within(least)).code != 0) least += 500;
  least += 500;
  Seen seen;
  for (int size = least; size < least + 10'000 && seen.done < 3; size += 100) {
    const TempFolder files;
    const std::string weights = files.file("w"), log = files.file("log");
    write_bytes(log, "older\n");
    const std::string task = "--data mnist --data-dir '" + folder + "' --model lenet5 --batch 2 --epochs 2 --threads 1 ";
    const Ending ending = run_app("train", fmt::format("{} --save '{}' --log '{}' {}", task, weights, log, more), within(size));
    const bool saved = std::filesystem::exists(weights);
    const std::string lines = read_bytes(log);
    CAPTURE(size);
    CAPTURE(ending.err);
    seen.refused += ending.code == 2, seen.broken += ending.code == 1, seen.done += ending.code == 0;
    CHECK((ending.code >= 0 && ending.code <= 2));
    if (ending.code == 2) CHECK_MESSAGE((lines == "older\n" && !saved), lines);
    if (ending.code == 1) CHECK_MESSAGE(cambium::fits(lines, "*{\"final\": true, \"error\": \"*memory*\"*}\n"), lines);
    if (ending.code != 2 && saves) CHECK(saved);
  }
  return seen;
}

TEST_CASE("slow: train: without the memory for training nothing is touched, and without that for the test the weights are saved") {
  if (!is_built("train", "in little memory")) return;
  const TempFolder folder;
  write_images(folder.path(), "train", 80, 28);
  write_images(folder.path(), "t10k", 400, 28);
  const Seen seen = train_in_little_memory(folder.path(), "", true);
  CHECK(seen.refused > 0);
  CHECK(seen.broken > 0);
  CHECK(seen.done == 3);
}

// What it will hold is known before it begins, within a tenth: two steps of 100 kB.
TEST_CASE("slow: train: without the memory for training and validation nothing is touched, and with it all is done") {
  if (!is_built("train", "in little memory")) return;
  const Seen seen = train_in_little_memory(few_images(), "--validate 16", false);
  CHECK(seen.refused > 0);
  CHECK(seen.broken <= 2);
  CHECK(seen.done == 3);
}

}  // namespace

#endif
