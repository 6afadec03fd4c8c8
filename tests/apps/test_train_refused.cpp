// A training that cannot be: exit code 2, and every file as it was.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "cambium/framework/files/weights_file.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/models/table.h"
#include "tests/apps/process.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using namespace cambium_tests;
namespace fs = std::filesystem;

bool is_built() { return cambium_tests::is_built("train", "refused"); }

// In that folder, where "log" is the log of an older training.
void check_refused(const TempFolder& folder, const std::string& arguments, const std::string& line,
                   const std::string& before = "") {
  write_bytes(folder.file("log"), "older\n");
  const std::string task = "--data mnist --data-dir '" + few_images() + "' --threads 1 --model linear --quiet ";
  const Ending ending = run_app("train", task + arguments, "cd '" + folder.path() + "' && " + before);
  CAPTURE(before + arguments);
  CHECK(ending.code == 2);
  CHECK_MESSAGE(fits(ending.err, line + "\n"), ending.err);
  CHECK(read_bytes(folder.file("log")) == "older\n");
}

Weights linear() { return Weights(models::recipe("linear").model(Shape{1, 28, 28}, 10)); }

TEST_CASE("train: a log and weights that would be one file are refused, whatever their names") {
  if (!is_built()) return;
  const TempFolder folder;
  fs::create_directory(folder.file("aa"));
  fs::create_directory_symlink("aa", folder.file("bb"));
  fs::create_symlink("x", folder.file("link"));
  const std::string same = "train: --log and --save are the same file, *; try another name for one of them";
  const std::string whole = folder.file("x");
  for (const char* log : {"x", "./x", "aa/../x", "bb/../x", "link", whole.c_str()})
    for (const char* save : {"x", "link"}) {
      check_refused(folder, fmt::format("--save {} --log {}", save, log), same);
      CHECK(!fs::exists(folder.file("x")));
      CHECK(fs::is_symlink(folder.file("link")));
    }
  check_refused(folder, "--load x --log ./x", "train: --log and --load are the same file, *; *");
  CHECK(!fs::exists(folder.file("x")));
}

TEST_CASE("train: a setting that only the training itself finds wrong leaves the older log alone") {
  if (!is_built()) return;
  const TempFolder folder;
  save_weights(linear(), folder.file("w"));
  check_refused(folder, "--log log --augment 28", "train: --augment: *; try a smaller --augment");
  for (const std::string more : {"", " --validate 16", " --load w --epochs 0"})
    for (const std::string wrong : {"CAMBIUM_ISA=foo", "CAMBIUM_WINOGRAD=foo"})
      for (const std::string log : {"log", "new"})
        check_refused(folder, "--batch 8 --save s --log " + log + more, "train: environment: " + wrong + "*", wrong + " ");
  CHECK(!fs::exists(folder.file("new")));
  CHECK(!fs::exists(folder.file("s")));
}

TEST_CASE("train: weights that cannot be counted on, or whose loss is not finite, are refused") {
  if (!is_built()) return;
  const TempFolder folder;
  Weights weights = linear();
  constexpr std::uint64_t most = 1ULL << 53;
  weights.set_version(most - 19);  // 10 steps an epoch
  save_weights(weights, folder.file("old"));
  check_refused(folder, "--load old --log log --save s --batch 8 --epochs 2",
                "train: these weights have taken 9007199254740973 steps, and 20 more cannot be counted; try --load *");
  CHECK(Process("train", training({"--load", folder.file("old"), "--batch", "8", "--epochs", "1"})).wait().code == 0);

  std::ranges::fill(weights.value("dense_1.bias"), real{3e38f});
  std::ranges::fill(weights.value("dense_1.weight"), real{3e38f});
  save_weights(weights, folder.file("big"));
  check_refused(folder, "--load big --epochs 0 --log log --save s",
                "train: these weights will not do: the loss on the first training samples is not finite; try --load with *");
  check_refused(folder, "--load big --epochs 1 --log log --save s", "train: epoch 1, step 1 of *");
  CHECK(!fs::exists(folder.file("s")));
}

TEST_CASE("train: a log that cannot be written comes with what to try") {
  if (!is_built()) return;
  const TempFolder folder;
  CHECK(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  write_bytes(folder.file("locked"), "");
  fs::permissions(folder.file("locked"), fs::perms::owner_read);
  check_refused(folder, "--log no/x", "train: --log: no/x cannot be written: *; try a file in a folder that exists");
  check_refused(folder, "--log log/x", "train: --log: log/x cannot be written: *; try a file in a folder that exists");
  check_refused(folder, "--log .", "train: --log: . cannot be written: *; try the name of a file in it");
  check_refused(folder, "--log pipe", "train: --log: pipe cannot be written: *; try starting who reads it first");
  if (geteuid() != 0)
    check_refused(folder, "--log locked", "train: --log: locked cannot be written: *; try a file that you may write to");
}

TEST_CASE("train: a log that was made for a training that is refused is gone, and one that was there stays") {
  if (!is_built()) return;
  const TempFolder folder;
  fs::create_symlink("new", folder.file("link"));
  write_bytes(folder.file("empty"), "");
  for (const char* log : {"new", "link", "empty"})
    check_refused(folder, "--batch 81 --log " + std::string(log), "train: a batch of 81 is larger than *");
  CHECK(!fs::exists(folder.file("new")));
  CHECK(fs::is_symlink(folder.file("link")));
  CHECK(fs::exists(folder.file("empty")));
}

}  // namespace
}  // namespace cambium
