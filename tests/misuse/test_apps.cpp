// The programs, started wrongly: one line on stderr, exit code 2, and nothing else has happened.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/apps/process.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

struct Start {
  std::string arguments, line;  // of stderr; a * stands for any text
};

// A member or a call, which mean nothing to who types a command.
const std::regex in_code(R"((^|[\s(,])\.[a-z_]+( =|[\s,;)])|\w\(|::)");

void check_starts(const std::string& name, const std::vector<Start>& table) {
  if (!cambium_tests::is_built(name, "started wrongly")) return;
  const std::string before = std::string(CAMBIUM_BUILD_TYPE) == "Release" ? "" : "*";  // any other build warns that it is slow
  for (const Start& start : table) {
    const cambium_tests::Ending ending = cambium_tests::run_app(name, start.arguments);
    if (std::getenv("CAMBIUM_SHOW_MESSAGES") != nullptr) fmt::print("{} {}\n    {}", name, start.arguments, ending.err);
    const std::string who = name + " " + start.arguments;
    CHECK_MESSAGE(fits(ending.err, before + start.line + "\n"),
                  who << "\n  says:     " << ending.err << "  expected: " << start.line);
    CHECK_MESSAGE(!std::regex_search(ending.err, in_code), who << " speaks C++: " << ending.err);
    CHECK_MESSAGE(ending.code == 2, who << " ends with " << ending.code << "; it said " << ending.out);
  }
}

TEST_CASE("misuse: the training app says what is wrong before it reads the data") {
  const cambium_tests::TempFolder folder;
  check_starts(
      "train",
      {
          {"--epoch 3", "train: no option is named '--epoch' (did you mean '--epochs'?); try --help"},
          {"--modle mlp", "train: no option is named '--modle' (did you mean '--model'?); try --help"},
          {"mlp", "train: 'mlp' stands alone, without an option before it; try --help"},
          {"--epochs", "train: *--epochs*; try --help"},
          {"--epochs three", "train: *--epochs = three*; try --help"},
          {"--epochs 99999999999", "train: --epochs = 99999999999 cannot be held; try --help"},
          {"--epochs 1e3", "train: --epochs = 1e3 is no whole number; try --help"},
          {"--seed 18446744073709551616", "train: --seed = 18446744073709551616 cannot be held; try --help"},
          {"--seed -1", "train: --seed = -1 must be at least 0; try --help"},
          {"--seed 0x10", "train: --seed = 0x10 is no whole number; try --help"},
          {"--seed 7x", "train: --seed = 7x is no whole number; try --help"},
          {"--seed ' 7'", "train: --seed =  7 is no whole number; try --help"},
          {"--seed ''", "train: --seed =  is no whole number; try --help"},
          {"--seed 1 --seed 2", "train: --seed takes one value, and has 2; try one of them"},
          {"--threads 4294967297", "train: --threads = 4294967297 cannot be held; try --help"},
          {"--batch -99999999999999", "train: --batch = -99999999999999 cannot be held; try --help"},
          {"--rate 1e400", "train: --rate = 1e400 cannot be held; try --help"},
          {"--rate 1e-400", "train: --rate = 1e-400 cannot be held; try --help"},
          {"--rate 1e39", "train: --rate = 1e+39 cannot be held in single precision; try --rate 0.001"},
          {"--rate 1e-50", "train: --rate = 1e-50 cannot be held in single precision; try --rate 0.001"},
          {"--rate 0.01x", "train: --rate = 0.01x is no number; try --help"},
          {"--rate 0,01", "train: --rate = 0,01 has a comma; try a decimal point, and *"},
          {"--rate 0,01,1", "train: --rate = 0,01,1 is more than one number; try --help"},
          {"--save ''", "train: --save: the name is empty; try --save NAME, or leaving it out"},
          {"--load ''", "train: --load: the name is empty; *"},
          {"--log ''", "train: --log: the name is empty; *"},
          {"--data-dir ''", "train: --data-dir: the name is empty; *"},
          {"--model con_bn", "train: no model is named 'con_bn' (did you mean 'conv_bn'?); try linear, mlp, mlp_bn, *"},
          {"--model", "train: *--model*; try --help"},
          {"--preset fats", "train: no preset is named 'fats' (did you mean 'fast'?); try fast"},
          {"--preset accurate", "train: no preset is named 'accurate'; try fast"},
          {"--preset ''", "train: no preset is named ''; try fast"},
          {"--preset", "train: *--preset*; try --help"},
          {"--preset fast --model con_bn", "train: no model is named 'con_bn' (did you mean 'conv_bn'?); try linear, mlp, *"},
          {"--preset fast --epochs 0", "train: --epochs = 0 must be at least 1; try --epochs 3"},
          {"--data cifar", "train: no data is named 'cifar' (did you mean 'cifar10'?); try digits, mnist, fashion-mnist, csv, *"},
          {"--optimizer adamm",
           "train: no optimizer is named 'adamm' (did you mean 'adam'?); try sgd, momentum, nesterov, adam, adamw"},
          {"--schedule cosin",
           "train: no schedule is named 'cosin' (did you mean 'cosine'?); try constant, step, cosine, one_cycle"},
          {"--augment=much", "train: no augmentation is named 'much'; try shift, flip, *"},
          {"--rate nan", "train: *rate = nan must be above 0 and finite; try *rate*"},
          {"--rate 0", "train: *rate = 0 must be above 0 and finite; try *rate*"},
          {"--rate -1e-3", "train: *rate = -0.001 must be above 0 and finite; try *rate*"},
          {"--data mnist", "train: --data mnist is read from files, and nobody said where; try --data-dir FOLDER"},
          {"--data mnist --data-dir /nowhere/at/all",
           "train: /nowhere/at/all is not a folder, and train-images-idx3-ubyte is looked for in it; try the folder of "
           "the data set"},
          {fmt::format("--data fashion-mnist --data-dir '{}'", folder.path()),
           "train: no images in *: looked for train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train-images.idx3-ubyte, "
           "train-images.idx3-ubyte.gz; try one of these names"},
      });
}

TEST_CASE("misuse: the training app says what is wrong before the first step") {
  const cambium_tests::TempFolder folder;
  const std::string file = folder.file("file"), images = cambium_tests::few_images() + "/train-images-idx3-ubyte";
  cambium_tests::write_images(folder.path(), "train", 80, 28);
  cambium_tests::write_images(folder.path(), "t10k", 20, 16);
  const std::string few = "--data mnist --data-dir " + cambium_tests::few_images() + " ";
  const cambium_tests::TempFolder small;
  cambium_tests::write_images(small.path(), "train", 80, 10);
  cambium_tests::write_images(small.path(), "t10k", 20, 10);
  const cambium_tests::TempFolder cut;  // who unpacks these comes upon the missing end
  cambium_tests::write_images(cut.path(), "train", 80, 28);
  cambium_tests::write_images(cut.path(), "t10k", 20, 30);
  for (const std::string part : {"train", "t10k"}) std::filesystem::resize_file(cut.file(part + "-images-idx3-ubyte"), 500);
  check_starts(
      "train",
      {
          {"--batch 0", "train: --batch = 0 must be at least 1; try --batch 64"},
          {few + "--batch 81", "train: a batch of 81 is larger than the training set of 80 samples; try --batch 80 or less"},
          {few + "--model lenet_bn --batch 79",
           "train: the last batch of an epoch has 1 sample (80 in batches of 79): *; try --batch 80"},
          {few + "--model lenet_bn --batch 1", "train: layer * batch_norm_*: a training batch of 1 *"},
          {few + "--validate 79", "train: a batch of 16 is larger than the training set of 1 sample; try a smaller --validate"},
          {few + "--validate 17 --batch 81", "train: a batch of 81 is larger than *; try --batch 63 or less"},
          {few + "--augment=28", "train: --augment: shift: a shift by 28 pixels * out of sight; try a smaller --augment"},
          {"--epochs 0", "train: --epochs = 0 must be at least 1; try --epochs 3"},
          {"--epochs -1", "train: --epochs = -1 must be at least 1; try --epochs 3"},
          {"--threads -1", "train: --threads = -1 must be at least 0 and at most 64; try --threads 0 for one per processor"},
          {"--threads 65", "train: --threads = 65 must be at least 0 and at most 64; try --threads 0 for one per processor"},
          {"--validate 0.1", "train: --validate = 0.1 is a part of one sample; try --validate 10% for a share, or a number *"},
          {"--data images:. --size 64x", "train: --size = 64x is no size; try --size 32, 24x32 (height, width) or 3x24x32"},
          {"--data images:. --size 64,64", "train: --size = 64,64 is no size; try --size 32, *"},
          {"--validate -5", "train: --validate = -5 must be at least 0; try --validate 5000"},
          {few + "--validate 80",
           "train: split of 80 samples of 1x28x28, 10 classes: 80 samples for validation leave none for training; "
           "try a number from 1 to 79"},
          {"--augment=-1", "train: --augment = -1 must be at least 0; try --augment 2"},
          {"--log /nowhere/at/all.jsonl",
           "train: --log: /nowhere/at/all.jsonl cannot be written: *; try a file in a folder that exists"},
          {"--log " + folder.path(), "train: --log: * cannot be written: Is a directory; try the name of a file in it"},
          {few + "--load /nowhere/at/all.safetensors", "train: /nowhere/at/all.safetensors: cannot be read: *; try another path"},
          {"--save /nowhere/at/all.safetensors",
           "train: /nowhere/at/all.safetensors: cannot be written: *; try making the folder /nowhere/at first"},
          {"--save /dev/null", "train: /dev/null: is not a regular file*; try another name"},
          {"--log " + file + " --save " + folder.path() + "/../" + folder.path().substr(folder.path().rfind('/') + 1) + "/file",
           "train: --log and --save are the same file, *; try another name for one of them"},
          {"--log " + images + " --load " + images,
           "train: --log and --load are the same file, *; try another name for one of them"},
          {few + "--batch 81 --log " + file, "train: a batch of 81 is larger than *"},
          {few + "--log " + images, "train: --log: * is a file of the data set; try another name"},
          {few + "--save " + images, "train: --save: * is a file of the data set; try another name"},
          {"--data mnist --data-dir " + small.path(),
           "train: conv_bn is not made for samples of 1x10x10: layer *; try another --model"},
          {"--data mnist --data-dir " + folder.path(),
           "train: the training images are 1x28x28, and the test images 1x16x16; try --data-dir with four files that belong "
           "together"},
          {"--data mnist --data-dir " + cut.path(),
           "train: the training images are 1x28x28, and the test images 1x30x30; try --data-dir with four files that belong "
           "together"},
      });
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("misuse: digits says what is wrong before it draws") {
  if (!cambium_tests::is_built("digits", "started wrongly")) return;
  const cambium_tests::TempFolder folder;
  std::filesystem::create_directories(folder.file("taken/t10k-labels-idx1-ubyte"));
  std::filesystem::create_symlink("new/t10k-images-idx3-ubyte", folder.file("link"));
  check_starts(
      "digits",
      {
          {"", "digits: nothing to write; try --out FOLDER, --pictures FOLDER or --sheet FILE.png"},
          {"--shet x.png", "digits: no option is named '--shet' (did you mean '--sheet'?); try --help"},
          {"x.png", "digits: 'x.png' stands alone, without an option before it; try --help"},
          {"--sheet ''", "digits: --sheet: the name is empty; *"},
          {"--out ''", "digits: --out: the name is empty; *"},
          {"--sheet x --seed 18446744073709551616", "digits: --seed = 18446744073709551616 cannot be held; try --help"},
          {"--sheet x --seed -1", "digits: --seed = -1 must be at least 0; try --help"},
          {"--sheet x --columns 501", "digits: --columns = 501 must be at least 1 and at most 500; try --columns 24"},
          {"--sheet x --train 0", "digits: --train = 0 must be at least 1; try --train 60000"},
          {"--sheet x --test 1e3", "digits: --test = 1e3 is no whole number; try --help"},
          {"--sheet x --difficulty nan", "digits: --difficulty = nan must be at least 0 and at most 2; try --difficulty 1"},
          {"--sheet x --threads 65", "digits: --threads = 65 must be at least 0 and at most 64; try --threads 0"},
          {"--sheet /nowhere/at/all.png",
           "digits: /nowhere/at/all.png: cannot be written: *; try making the folder /nowhere/at first"},
          {"--out /dev/null/x", "digits: /dev/null/x: *; try --out with a folder that you may write to"},
          {"--out " + folder.file("new") + " --sheet " + folder.file("new"),
           "digits: *new: is not a regular file but a folder; try the name of a file in it"},
          {"--out " + folder.file("new") + " --sheet " + folder.file("new/../new/train-images-idx3-ubyte"),
           "digits: --sheet is a file of --out too, *new/train-images-idx3-ubyte; try another --sheet"},
          {"--out " + folder.file("new") + " --sheet " + folder.file("link"), "digits: --sheet is a file of --out too, *"},
          {"--out " + folder.file("taken"), "digits: *taken/t10k-labels-idx1-ubyte: is not a regular file but a folder; try *"},
      });
  CHECK(std::filesystem::is_empty(folder.file("new")));
}

TEST_CASE("misuse: the gallery says what is wrong before it draws") {
  if (!cambium_tests::is_built("gallery", "started wrongly")) return;
  const cambium_tests::TempFolder folder;
  const std::string table = folder.file("short.csv"), into = "--out " + folder.file("new") + " ";
  cambium_tests::write_bytes(table, "price,up\n1.5,no\n2.5,yes\n1.5,no\n2.25,yes\n");
  std::filesystem::create_directories(folder.file("taken/gallery.html"));
  check_starts("gallery",
               {
                   {"--onyl rare", "gallery: no option is named '--onyl' (did you mean '--only'?); try --help"},
                   {"rare", "gallery: 'rare' stands alone, without an option before it; try --help"},
                   {"--only rear", "gallery: no picture is named 'rear' (did you mean 'rare'?); try normal, shifted, *"},
                   {"--only rare,", "gallery: no picture is named ''; try normal, *"},
                   {"--only ''", "gallery: --only: the name is empty; *"},
                   {"--out ''", "gallery: --out: the name is empty; *"},
                   {"--seed -1", "gallery: --seed = -1 must be at least 0; try --help"},
                   {"--threads 65", "gallery: --threads = 65 must be at least 0 and at most 64; try --threads 0"},
                   {"--out /dev/null/x", "gallery: /dev/null/x: *; try --out with a folder that you may write to"},
                   {"--out " + folder.file("taken"), "gallery: *taken/gallery.html: is not a regular file but a folder; try *"},
                   {into + "--market /nowhere/at/all.csv", "gallery: /nowhere/at/all.csv: *; try *"},
                   {into + "--market " + table, "gallery: *short.csv*class*; try *"},
                   {into + "--market " + table + " --label up", "gallery: no column of numbers is named 'nswprice'*; try price"},
                   {into + "--market " + table + " --label up --price price",
                    "gallery: *short.csv has 4 rows, and the pictures need 5000; try leaving --market out: a market is made"},
                   {into + "--price cost", "gallery: --price is about a table that --market names; try --market FILE.csv"},
               });
  CHECK(!std::filesystem::exists(folder.file("new")));
}

TEST_CASE("misuse: landscape says what is wrong before it measures") {
  const cambium_tests::TempFolder folder;
  check_starts(
      "landscape",
      {
          {"--only hesian", "landscape: no measure is named 'hesian' (did you mean 'hessian'?); try gradient, drift, shift, *"},
          {"--only channels,", "landscape: no measure is named ''; try gradient, drift, shift, *"},
          {"--only", "landscape: *--only*; try --help"},
          {"hessian", "landscape: 'hessian' stands alone, without an option before it; try --help"},
          {"--out ''", "landscape: --out: the name is empty; *"},
          {"--out /nowhere/at/all.html",
           "landscape: /nowhere/at/all.html: cannot be written: *; try making the folder /nowhere/at first"},
          {"--csv /nowhere/at/all.csv",
           "landscape: /nowhere/at/all.csv: cannot be written: *; try making the folder /nowhere/at first"},
          {"--out " + folder.file("a") + " --csv " + folder.file("a"),
           "landscape: --out and --csv are the same file, *; try another name for one of them"},
          {"--data digit", "landscape: no data is named 'digit' (did you mean 'digits'?); try digits, mnist, fashion-mnist"},
          {"--data mnist", "landscape: --data mnist is read from files, and nobody said where; try --data-dir FOLDER"},
          {"--data-dir /tmp", "landscape: --data digits are drawn, not read, and need no --data-dir; try --data mnist"},
          {"--rate 0", "landscape: --rate = 0 must be at least 1e-06 and at most 1000; try --rate 0.1"},
          {"--rate nan", "landscape: --rate = nan must be at least 1e-06 and at most 1000; try --rate 0.1"},
          {"--threads 65", "landscape: --threads = 65 must be at least 0 and at most 64; try --threads 0 for one per processor"},
          {"--seed -1", "landscape: --seed = -1 must be at least 0; try --help"},
      });
}

TEST_CASE("misuse: the comparison of norms says what is wrong before it trains") {
  const cambium_tests::TempFolder folder;
  check_starts(
      "compare_norms",
      {
          {"--experiment two_class",
           "compare_norms: no experiment is named 'two_class' (did you mean 'two_classes'?); try batch_size, two_classes, *"},
          {"--experiment ''", "compare_norms: *; try *"},
          {"batch_size", "compare_norms: 'batch_size' stands alone, without an option before it; try --help"},
          {"--only batchnorm",
           "compare_norms: batch_size has none, batch_norm, *, and nothing that --only batchnorm names; try --only none"},
          {"--at 3", "compare_norms: batch_size has 1, 2, 4, *, and nothing that --at 3 names; try --at 1"},
          {"--seeds many", "compare_norms: --seeds = many is no whole number; try --help"},
          {"--seeds -1", "compare_norms: --seeds = -1 must be at least 0 and at most 1000; try --seeds 3"},
          {"--epochs 0", "compare_norms: --epochs = 0 must be at least 1 and at most 1000; try --epochs 1"},
          {"--images 10", "compare_norms: --images = 10 must be at least 500; try --images 16000"},
          {"--rate 0", "compare_norms: --rate = 0 must be above 0 and finite; try --rate 0.04"},
          {"--rate nan", "compare_norms: --rate = nan must be above 0 and finite; try --rate 0.04"},
          {"--data /nowhere/at/all", "compare_norms: /nowhere/at/all is not a folder, *; try the folder of the data set"},
          {"--csv a --report a", "compare_norms: --csv and --report are one file, a; try another --report"},
          {"--csv /nowhere/at/all.csv", "compare_norms: /nowhere/at/all.csv: *; try *"},
      });
}

TEST_CASE("misuse: the benchmark says what is wrong before it measures") {
  check_starts(
      "benchmark",
      {
          {"norms --norm batchnorm",
           "benchmark: no norm is named 'batchnorm' (did you mean 'batch_norm'?); try none, batch_norm, *"},
          {"norms --norm all,typo", "benchmark: no norm is named 'typo'; try none, batch_norm, *"},
          {"norms --against nothing", "benchmark: no norm is named 'nothing'; try none, batch_norm, *"},
          {"--workload W9", "benchmark: no workload is named 'W9' (did you mean 'W1'?); try W1, W2, *"},
          {"--batch 0", "benchmark: --batch = 0 must be at least 1 and at most 65536; try --batch 64"},
          {"--batch 1,0", "benchmark: --batch = 0 must be at least 1 and at most 65536; try --batch 64"},
          {"norms --batch 0", "benchmark: --batch = 0 must be at least 1 and at most 65536; try --batch 32"},
          {"--rounds 0", "benchmark: --rounds = 0 must be at least 1 and at most 1000; try --rounds 5"},
          {"--threads 65", "benchmark: --threads = 65 must be at least 1 and at most 64; try --threads 1"},
          {"--batch many", "benchmark: --batch = many is no whole number; try benchmark speed --help"},
          {"--batch 8,x", "benchmark: --batch = x is no whole number; try benchmark speed --help"},
          {"--batch 4294967297", "benchmark: --batch = 4294967297 cannot be held; try benchmark speed --help"},
          {"profile --batch", "benchmark: *--batch*; try benchmark profile --help"},
          {"--time-s 1e400", "benchmark: --time-s = 1e400 cannot be held; try benchmark speed --help"},
          {"profile --trace ''", "benchmark: --trace: the name is empty; *"},
          {"norms --against ''", "benchmark: no norm is named ''; try none, batch_norm, *"},
          {"--bacth 8", "benchmark: no option is named '--bacth' (did you mean '--batch'?); try benchmark speed --help"},
          {"norms --agianst none",
           "benchmark: no option is named '--agianst' (did you mean '--against'?); try benchmark norms --help"},
          {"W4", "benchmark: no command is named 'W4'; try speed, norms, profile, kernels, startup, line"},
          {"spede --batch 8", "benchmark: no command is named 'spede' (did you mean 'speed'?); try speed, norms, *"},
          {"''", "benchmark: no command is named ''; try speed, norms, *"},
          {"kernels W4", "benchmark: 'W4' stands alone, without an option before it; try benchmark kernels --help"},
          {"speed norms", "benchmark: speed and norms are two commands; try one of them"},
          {"--kernels --profile", "benchmark: kernels and profile are two commands; try one of them"},
          {"--mode fast", "benchmark: no mode is named 'fast'; try train, infer, both"},
          {"line --mode fast", "benchmark: no mode is named 'fast'; try train, infer, both, startup"},
          {"--time-s -1", "benchmark: --time-s = -1 must be at least 0 and at most 3600; try --time-s 0.4"},
          {"--time-s nan", "benchmark: --time-s = nan must be at least 0 and at most 3600; try --time-s 0.4"},
          {"kernels --time-s -1", "benchmark: --time-s = -1 must be at least 0 and at most 3600; try --time-s 0.06"},
          {"--min-steps 0", "benchmark: --min-steps = 0 must be at least 1 and at most 1000000; try --min-steps 5"},
          {"--bench-line --norm all", "benchmark: --norm is an option of norms, and not of line; try benchmark line --help"},
          {"--kernels --batch 8",
           "benchmark: --batch is an option of speed, norms, profile, startup, line, and not of kernels; try benchmark kernels "
           "--help"},
          {"--norm all --mode infer",
           "benchmark: --mode is an option of speed, profile, line, and not of norms; try benchmark norms --help"},
          {"norms --peak=1", "benchmark: --peak is an option of speed, and not of norms; try benchmark norms --help"},
          {"--variant base", "benchmark: --variant is an option of line, and not of speed; try benchmark speed --help"},
          {"line --batch 1,2", "benchmark: --batch = 1,2 is more than one number; try benchmark line --help"},
          {"norms --workload W1,W2", "benchmark: --workload takes one value, and has 2; try one of them"},
          {"line --variant fast", "benchmark: no norm is named 'fast'; try none, batch_norm, *"},
          {"profile --mode startup", "benchmark: no mode is named 'startup'; try train, infer, both"},
          {"profile --trace /nowhere/at/all.json",
           "benchmark: /nowhere/at/all.json: cannot be written: *; try making the folder /nowhere/at first"},
          {"--workload W2 --batch 1 --mode train",
           "benchmark: W2 is not trained at batch 1: layer 2 batch_norm_1 *; try a larger --batch, or --mode infer"},
          {"startup --workload W2 --batch 1", "benchmark: layer 2 batch_norm_1 *"},
          {"line --workload W2 --batch 1", "benchmark: layer 2 batch_norm_1 *"},
          {"profile --workload W2 --batch 1", "benchmark: layer 2 batch_norm_1 *"},
          {"norms --norm batch_norm --batch 1",
           "benchmark: layer 2 batch_norm_1 *: a training batch of 1 has one value per channel*"},
      });
}

}  // namespace
}  // namespace cambium
