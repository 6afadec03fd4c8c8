// The training app at work, on a few images: what a preset stands for, and that the user's own word comes before it.
#include <doctest/doctest.h>

#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using cambium_tests::Ending;
using cambium_tests::few_images;
using cambium_tests::TempFolder;

struct Run {
  std::string out, last;  // what it printed, and the last object of the log
};

Run train(const std::string& arguments) {
  const TempFolder folder;
  const std::string log = folder.file("log");
  const Ending ending = cambium_tests::run_app(
      "train", fmt::format("--data mnist --data-dir '{}' --log '{}' --threads 1 {}", few_images(), log, arguments));
  CHECK_MESSAGE(ending.code == 0, ending.err);
  const std::string lines = cambium_tests::read_bytes(log), last = "{\"final\"";
  return {ending.out, lines.find(last) == lines.npos ? "" : lines.substr(lines.find(last))};
}

TEST_CASE("train: a preset is the options that it stands for") {
  if (!cambium_tests::is_built("train", "at work")) return;
  const Run fast = train("--preset fast"), same = train("--model lenet_bn --augment=1");
  CHECK(fits(fast.last,
             "*\"model\": \"lenet_bn\", \"optimizer\": \"adamw\", \"rate\": 0.02, \"schedule\": \"one_cycle\", "
             "\"batch\": 16, \"augment\": 1, \"validate\": 0, \"seed\": 1, \"epochs\": 50,*"));
  CHECK(fits(fast.out, "*, changed by shift (pixels 1, fill 0)\n*"));
  const auto but_seconds = [](const Run& run) { return run.last.substr(0, run.last.find("\"seconds\"")); };
  CHECK(but_seconds(fast) == but_seconds(same));
  CHECK(fits(train("").last, "*\"model\": \"conv_bn\",*\"augment\": 0,*"));
}

TEST_CASE("train: what the user says comes before the preset, wherever it stands") {
  if (!cambium_tests::is_built("train", "at work")) return;
  CHECK(fits(train("--epochs 1 --rate 0.01 --preset fast --batch 16").last,
             "*\"model\": \"lenet_bn\",*\"rate\": 0.01,*\"batch\": 16, \"augment\": 1,*\"epochs\": 1,*"));
  CHECK(fits(train("--preset fast --model linear --augment=0").last, "*\"model\": \"linear\",*\"augment\": 0,*\"epochs\": 50,*"));
  CHECK(fits(train("--augment --preset fast --epochs 1").last, "*\"augment\": 2,*"));
  CHECK(fits(train("--preset fast --epochs 1 --augment=3").last, "*\"augment\": 3,*"));
  CHECK(fits(train("--preset fast --epochs 1 --augment 0 --validate 16").last, "*\"augment\": 0, \"validate\": 16,*"));
}

TEST_CASE("train: weights that are loaded are trained on, or only tested, and which of the two is said") {
  if (!cambium_tests::is_built("train", "at work")) return;
  const TempFolder folder;
  const std::string weights = " '" + folder.file("w") + "'";
  CHECK(fits(train("--model linear --epochs 1 --save" + weights).last, "*\"epochs\": 1,*"));
  const Run on = train("--model linear --load" + weights), tested = train("--model linear --epochs 0 --load" + weights);
  CHECK_MESSAGE(fits(on.out, "*\nweights of *, trained for 50 more epochs; --epochs 0 only tests them\nmemory *\nepoch 1/50 *"),
                on.out);
  CHECK(fits(on.last, "*\"epochs\": 50,*"));
  CHECK_MESSAGE(fits(tested.out, "*\nweights of *, tested as they are\n\ntrue *after 0 epochs, 0.0 s\n"), tested.out);
  CHECK(fits(tested.last, "*\"epochs\": 0,*"));
}

}  // namespace
}  // namespace cambium
