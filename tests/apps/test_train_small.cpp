// A set of few samples: enough steps without being asked, and a run that goes on with the same.
#include <doctest/doctest.h>

#include <string>

#include "tests/apps/run_app.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "on few samples"); }

Ending train(const TempFolder& folder, const std::string& arguments) {
  return run_app("train", "--threads 1 --data csv:t.csv --label kind " + arguments, "cd '" + folder.path() + "' &&");
}

// Two classes that follow from one of two columns.
std::string table(int rows) {
  std::string text = "a,b,kind\n";
  for (int i = 0; i < rows; ++i)
    text += fmt::format("{},{},{}\n", 0.01 * (i * 37 % 101), 0.1 * (i * 13 % 17), i * 37 % 101 < 50 ? "low" : "high");
  return text;
}

// How a training on so many rows, of which a fifth is put aside, says that its set is small.
std::string said(int rows, const std::string& arguments) {
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(rows));
  const Ending ending = train(folder, arguments);
  CHECK_MESSAGE(ending.code == 0, ending.err);
  const std::size_t batch = ending.out.find("batch "), at = ending.out.find(" of ", ending.out.find("parameters"));
  std::string text = ending.out.substr(batch, ending.out.find(',', batch) - batch);
  if (has(ending.out, "as the set is small"))
    text += ", " + ending.out.substr(ending.out.rfind('\n', at) + 1, ending.out.find(',', at) - ending.out.rfind('\n', at) - 1);
  return text;
}

TEST_CASE("train: a small set has 300 steps, unless the user says otherwise, and a larger one is as it was") {
  if (!is_built()) return;
  CHECK(said(100, "") == "batch 16, 50 epochs of 5 steps");
  CHECK(said(150, "") == "batch 16, 38 epochs of 8 steps");
  CHECK(said(600, "") == "batch 64, 38 epochs of 8 steps");
  CHECK(said(1250, "") == "batch 64");  // 20 epochs of 16 steps
  CHECK(said(600, "--epochs 2") == "batch 64");
  CHECK(said(100, "--batch 20") == "batch 20, 50 epochs of 4 steps");
  CHECK(said(100, "--epochs 2") == "batch 16, 2 epochs of 5 steps");
  CHECK(said(100, "--batch 40 --epochs 2") == "batch 40");
  CHECK(said(61, "") == "batch 17, 50 epochs of 3 steps");  // no batch of one sample
}

TEST_CASE("train: a run on a small set goes on with the same batch, also for more epochs") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  CHECK(train(folder, "--out run").code == 0);
  const Ending ending = run_app("train", "--threads 1 --out run --resume --epochs 52", "cd '" + folder.path() + "' &&");
  CHECK_MESSAGE(ending.code == 0, ending.err);
  CHECK(has(ending.out, "epoch 52/52"));
}

TEST_CASE("train: texts that are different in every row are told, and others are not") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "weight,colour,kind,price\n";
  for (int i = 0; i < 20; ++i)
    text += fmt::format("{} kg,{},{},{} EUR\n", 50 + i, i % 3 == 0 ? "red" : "blue", i % 2 == 0 ? "low" : "high", 3 * i);
  write_bytes(folder.file("t.csv"), text);
  const Ending ending = train(folder, "--leave-out price --epochs 1");
  CHECK(has(ending.err, "warning: column 'weight' has 20 different texts in 20 rows, such as '50 kg': new rows will hold others"));
  CHECK(!has(ending.err, "colour"));
  CHECK(!has(ending.err, "'kind'"));
  CHECK(train(folder, "--leave-out price,weight --epochs 1").err.empty());
  const auto price = [&](const std::string& more) {
    return run_app("train", "--threads 1 --epochs 1 --data csv:t.csv --label price --leave-out weight " + more,
                   "cd '" + folder.path() + "' &&");
  };
  const std::string label =
      "label 'price' has 20 different texts in 20 rows, such as '0 EUR': too few rows of each to learn from; ";
  const Ending refused = price("");
  CHECK(refused.code == 2);
  CHECK_MESSAGE(has(refused.err, "train: csv:t.csv: " + label + "try another column, or, of a quantity, numbers without"),
                refused.err);
  const Ending said = price("--task classification");
  CHECK(said.code == 0);
  CHECK_MESSAGE(has(said.err, "warning: " + label + "another column"), said.err);
}

TEST_CASE("train: blanks around names of columns, and classes that are numbers") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b c,rooms\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{},{}\n", i, i * 7 % 60, i % 3);
  write_bytes(folder.file("t.csv"), text);
  const std::string said = "the classes are numbers: --task regression learns them as values\n";
  const auto rooms = [&](const std::string& more) {
    return run_app("train", "--data csv:t.csv --label rooms --epochs 1 --leave-out " + more, "cd '" + folder.path() + "' &&");
  };
  CHECK(has(rooms("'a, b c'").err, "no column is left as an input"));  // both are found
  CHECK_MESSAGE(has(rooms("' b c'").out, said), rooms("' b c'").err);
  CHECK(!has(rooms("'b c' --task classification").out, said));
  CHECK(rooms("'b c' --task regression").code == 0);
}

TEST_CASE("train: rows without a label are left out where missing cells are filled, and counted") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100) + "1,2,\n,,\n");
  CHECK(has(train(folder, "--epochs 1").err, "line 102, column 3"));
  const Ending ending = train(folder, "--epochs 1 --missing mean");
  CHECK_MESSAGE(has(ending.out, "2 of 102 rows are left out, in which cells are missing, in each of them that of column 'kind'"),
                ending.out);
  write_bytes(folder.file("t.csv"), table(100) + "1,,5\n1,,6\n,2,7\n");
  const Ending most = train(folder, "--epochs 1 --missing leave-out");
  CHECK_MESSAGE(has(most.out, "3 of 103 rows are left out, in which cells are missing, in 2 of them that of column 'b'"), most.out);
}

TEST_CASE("train: what is put aside has of each class its share, of a rare one too") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b,kind\n";
  for (int i = 0; i < 103; ++i)
    text += fmt::format("{},{},{}\n", i % 17, i * 37 % 101, i % 40 == 20 ? "rare" : i % 2 ? "low" : "high");
  write_bytes(folder.file("t.csv"), text);
  for (int seed = 1; seed <= 3; ++seed) {
    const Ending ending = train(folder, fmt::format("--epochs 1 --seed {}", seed));
    CHECK_MESSAGE(ending.code == 0, ending.err);
    CHECK(has(ending.out, "no --test: 20 of 103 are put aside for it, drawn with the seed, of each class its share\n"));
    CHECK_MESSAGE(has(ending.out, "\nhigh         9 "), ending.out);  // 49, 51 and 3 of 103
    CHECK_MESSAGE(has(ending.out, "\nlow         10 "), ending.out);
    CHECK_MESSAGE(has(ending.out, "\nrare         1 "), ending.out);
  }
}

TEST_CASE("train: samples that are learnt from are counted among all, whatever is put aside") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  CHECK(has(train(folder, "--epochs 1 --validate 10%").out, "csv:t.csv: 72 of 100 samples of 2, 2 classes\n"));
  CHECK(has(train(folder, "--epochs 1").out, "csv:t.csv: 80 of 100 samples of 2, 2 classes\n"));
  CHECK(has(train(folder, "--epochs 1 --test csv:t.csv --validate 10%").out, "csv:t.csv: 90 of 100 samples of 2, 2 classes\n"));
  CHECK(has(train(folder, "--epochs 1 --test csv:t.csv").out, "csv:t.csv: 100 samples of 2, 2 classes\n"));
}

TEST_CASE("train: a validation part has of each class its share") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,kind\n";  // nothing follows from a: what is right is the share of the larger class
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{}\n", i % 2, i % 20 < 2 ? "some" : "most");
  write_bytes(folder.file("t.csv"), text);
  for (int seed = 1; seed <= 3; ++seed) {
    const Ending ending = train(folder, fmt::format("--test csv:t.csv --validate 20 --epochs 5 --seed {}", seed));
    CHECK_MESSAGE(ending.code == 0, ending.err);
    CHECK_MESSAGE(has(ending.out, "validation 90.00 %"), ending.out);
  }
}

TEST_CASE("train: options of another kind of data, kinds that are missing or said once too often, and options said twice") {
  if (!is_built() || !cambium_tests::is_built("predict", "on few samples")) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const Ending ending = run_app("train", arguments, "cd '" + folder.path() + "' &&");
    CHECK(ending.code == 2);
    CHECK_MESSAGE(has(ending.err, "train: " + why), ending.err);
  };
  refused("--data csv:t.csv --label kind --size 64", "--size is for pictures, and --data is csv; try leaving --size out");
  refused("--data csv:t.csv --label kind --data-dir d", "--data-dir is for mnist and fashion-mnist, and --data is csv");
  refused("--data images:d --label kind", "--label is for tables, and --data is images");
  refused("--data t.csv --label kind", "--data t.csv does not say what kind of data it is; try --data csv:t.csv");
  refused("--epochs 1 --epochs 2", "--epochs takes one value, and has 2; try one of them");
  const Ending ending = train(folder, "--test csv:t.csv --epochs 1 --save m");
  CHECK_MESSAGE(ending.code == 0, ending.err);
  CHECK(run_app("predict", "m csv:t.csv", "cd '" + folder.path() + "' &&").code == 0);
}

TEST_CASE("train: what a test of a single value cannot say is left out") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), "a,b,kind\n1,2,0.5\n2,1,1.25\n3,5,7.5\n4,2,3.5\n5,5,4.5\n");
  const Ending ending = train(folder, "--batch 4 --epochs 2");
  CHECK(ending.code == 0);
  CHECK(has(ending.out, "test MAE "));
  CHECK(has(ending.out, " (R2 needs at least two different values) after 2 epochs"));
  CHECK(!has(ending.out, "nan"));
}

}  // namespace
}  // namespace cambium
