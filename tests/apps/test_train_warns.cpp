// What train warns of before a table is learnt, and advises behind the result; what evaluate and predict say of such models.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "cambium/framework/base/random.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

Ending in(const TempFolder& folder, const std::string& app, const std::string& arguments) {
  return run_app(app, arguments, "cd '" + folder.path() + "' &&");
}

Ending train(const TempFolder& folder, const std::string& arguments) {
  return in(folder, "train", "--threads 1 --data csv:t.csv --label y " + arguments);
}

bool is_built() { return cambium_tests::is_built("train", "warns"); }

// y = a + b and a little noise.
std::string table(int rows) {
  std::string text = "a,b,y\n";
  for (int i = 0; i < rows; ++i) text += fmt::format("{},{},{}.5\n", i % 17, i * 37 % 101, i % 17 + i * 37 % 101 + i % 3);
  return text;
}

TEST_CASE("train: a line of sums at the end of a table is warned of") {
  if (!is_built()) return;
  const TempFolder folder;
  int a = 0;
  double y = 0;
  for (int i = 0; i < 60; ++i) a += i % 17, y += i % 17 + i * 37 % 101 + i % 3 + 0.5;
  const std::string says = "*warning: line 62 of t.csv holds the sum of all rows above it in {}: a line of sums is no row, *\n*";
  write_bytes(folder.file("t.csv"), table(60) + fmt::format("{},5,{}\n", a, y));
  const Ending both = train(folder, "--epochs 1");
  CHECK(both.code == 0);
  CHECK_MESSAGE(fits(both.err, fmt::format(fmt::runtime(says), "columns 'a', 'y'")), both.err);
  write_bytes(folder.file("t.csv"), table(60) + fmt::format("3,5,{}\n", y));
  const Ending label = train(folder, "--epochs 1");
  CHECK_MESSAGE(fits(label.err, fmt::format(fmt::runtime(says), "column 'y'")), label.err);
  write_bytes(folder.file("t.csv"), table(60) + fmt::format("3,5,{}\n", y + 1));
  CHECK(train(folder, "--epochs 1 --quiet").err.find("sum") == std::string::npos);
  write_bytes(folder.file("t.csv"), table(60));
  CHECK(train(folder, "--epochs 1 --quiet").err == "");
  std::string rare = "a,b,y\n";  // a sum of few is one by chance
  for (int i = 0; i < 40; ++i) rare += fmt::format("{},{},{}.5\n", i == 39 ? 9 : i % 4 == 0 && i < 36, i * 7 % 11, i * 7 % 11);
  write_bytes(folder.file("t.csv"), rare);
  CHECK(train(folder, "--epochs 1 --quiet").err == "");
}

TEST_CASE("train: points that may stand between thousands, and categories that differ in case alone") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "sold,where,y\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},{},{}.5\n", i % 2 ? fmt::format("{}.220", i) : std::to_string(i + 100),
                        i == 7  ? "north"
                        : i % 3 ? "North"
                                : "south",
                        i);
  write_bytes(folder.file("t.csv"), text);
  const Ending ending = train(folder, "--epochs 1 --quiet");
  CHECK_MESSAGE(fits(ending.err, "*warning: of column 'where' 'North' and 'north' differ only in case, *\n*"), ending.err);
  CHECK_MESSAGE(fits(ending.err, "*warning: in 'sold' each point has three digits behind it, *\n*"), ending.err);
}

TEST_CASE("train: no sample is left over alone, unless the user says so") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(1217));  // 19 * 64 + 1
  write_bytes(folder.file("new.csv"), table(30));
  const Ending chosen = train(folder, "--test new.csv --epochs 20");
  CHECK(chosen.code == 0);
  CHECK_MESSAGE(fits(chosen.out, "*, batch 65, *"), chosen.out);
  const Ending said = train(folder, "--test new.csv --epochs 20 --batch 64");
  CHECK(said.code == 2);
  CHECK_MESSAGE(fits(said.err, "train: the last batch of an epoch has 1 sample (1217 in batches of 64): *; try --batch 65\n"),
                said.err);
  CHECK_MESSAGE(fits(train(folder, "--test new.csv --epochs 1 --batch 32").err, "train: *in batches of 32*; try --batch 33\n"),
                "32");
}

TEST_CASE("train: a test on the rows of the training, and a column for which most rows are left out, are warned of") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  write_bytes(folder.file("other.csv"), table(100));
  const Ending same = train(folder, "--epochs 1 --quiet --test ./t.csv");
  CHECK(same.code == 0);
  CHECK_MESSAGE(fits(same.err, "warning: --test is the file of the training: *\n"), same.err);
  CHECK(train(folder, "--epochs 1 --quiet --test other.csv").err == "");
  std::string text = "a,remark,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{},{}.5\n", i == 0 ? "" : std::to_string(i % 17), i < 40 ? "good" : "", i);
  write_bytes(folder.file("t.csv"), text);
  const Ending most = train(folder, "--epochs 1 --missing leave-out --batch 8");
  CHECK_MESSAGE(fits(most.err,
                     "warning: 61 of 100 rows are left out, in 60 of them the cell of column 'remark' is missing; "
                     "--leave-out remark\n*"),
                most.err);
  std::string gaps = "a,b,c,y\n", unlabelled = "a,y\n";
  for (int i = 0; i < 90; ++i) {
    const auto cell = [&](int column) { return i % 4 == column ? std::string() : std::to_string(i % 7); };
    gaps += fmt::format("{},{},{},{}.5\n", cell(0), cell(1), cell(2), i);
    unlabelled += fmt::format("{},{}\n", i % 7, i % 3 == 0 ? fmt::format("{}.5", i) : "");
  }
  write_bytes(folder.file("gaps.csv"), gaps);
  write_bytes(folder.file("unlabelled.csv"), unlabelled);
  const std::string options = "--threads 1 --label y --epochs 1 --quiet --batch 8 ";
  CHECK(fits(in(folder, "train", options + "--data csv:gaps.csv --missing leave-out").err, "*; --missing mean keeps them\n"));
  CHECK(fits(in(folder, "train", options + "--data csv:unlabelled.csv --missing mean").err,
             "warning: 60 of 90 rows are left out, in 60 of them the cell of column 'y' is missing; it is the label, *\n"));
  const Ending one = train(folder, "--epochs 1 --missing leave-out --leave-out remark");
  CHECK(one.err.find("warning") == std::string::npos);
  CHECK_MESSAGE(fits(one.out, "*\n1 of 100 rows are left out, *"), one.out);
  const Ending filled = train(folder, "--epochs 1 --missing mean");
  CHECK_MESSAGE(fits(filled.out, "*\nmissing cells, filled as --missing says: 61\n*"), filled.out);
}

TEST_CASE("train: R2 below 0, and weights that are behind those of an earlier epoch, are told behind the result") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b,c,y\n";  // nothing follows from anything
  const Random random(5);
  for (std::uint64_t i = 0; i < 400; i += 4)
    text += fmt::format("{},{},{},{}.5\n", random.below(i, 100), random.below(i + 1, 100), random.below(i + 2, 100),
                        random.below(i + 3, 1000));
  write_bytes(folder.file("t.csv"), text);
  const Ending noise = train(folder, "--epochs 60 --validate 20%");
  CHECK(noise.code == 0);
  CHECK_MESSAGE(fits(noise.err,
                     "*the validation loss was * after epoch * and is * now, while that of the training fell: * by heart; these "
                     "are the weights of the last epoch; *--out DIR keeps *\nR2 below 0: *\n"),
                noise.err);
  write_bytes(folder.file("t.csv"), table(400));
  CHECK(train(folder, "--epochs 30 --validate 20% --quiet").err == "");
  CHECK_MESSAGE(train(folder, "--epochs 30 --validate 20%").err == "", "learnt");
}

TEST_CASE("train: a straight line that answers better is told, with the line that learns it") {
  if (!is_built()) return;
  const TempFolder folder;
  const std::string try_it = "--layers \"online_norm for_input, dense 1\" --rate 0.03 --schedule cosine";
  write_bytes(folder.file("t.csv"), table(400));
  const Ending ending = train(folder, "--epochs 1");
  CHECK(ending.code == 0);
  CHECK_MESSAGE(fits(ending.err, "a straight line through the same rows has R2 0.999*, and this model R2 *: *; " + try_it + " *\n"),
                ending.err);
  CHECK(train(folder, "--epochs 1 --quiet").err == "");
  const Ending taken = train(folder, try_it);
  CHECK(taken.code == 0);
  CHECK_MESSAGE(fits(taken.out, "*test R2 0.99*"), taken.out);
  CHECK(taken.err == "");
  CHECK_MESSAGE(fits(train(folder, "--epochs 1 --error-bars").err, "*for_input, dense 2\"*"), "mean and deviation");
  CHECK_MESSAGE(fits(train(folder, "--layers 'batch_norm for_input, dense 1' --epochs 1").err,
                     "*a straight line *: it is not learnt out; more --epochs, or a larger --rate\n*"),
                "such a line itself");
  write_bytes(folder.file("t.csv"), table(240));
  CHECK(train(folder, "--epochs 1").err == "");  // 48 rows tell nothing
}

TEST_CASE("train: a straight line for each class, the same columns twice, one that is constant and one that is large") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b,twice,same,large,y\n", squares = "a,b,y\n";
  for (int i = 0; i < 600; ++i) {
    const int a = i * 37 % 101, b = i * 11 % 97;
    const char* larger = a > b + 20 ? "more" : a < b - 20 ? "less" : "near";
    text += fmt::format("{},{},{},3.25,{},{}\n", a, b, a, 1'000'000 + 5 * b, a > b ? "more" : "less");
    squares += fmt::format("{},{},{}\n", a, b, larger);
  }
  write_bytes(folder.file("t.csv"), text);
  const Ending ending = train(folder, "--model mlp --epochs 1 --rate 1e-6");
  CHECK_MESSAGE(fits(ending.err, "*a straight line through the same rows has 9*, and this model * %: *, dense 2\"*"), ending.err);
  const Ending balanced = train(folder, "--model mlp --epochs 1 --rate 1e-6 --balanced");  // of other shares than the test has
  CHECK(balanced.err.find("straight") == std::string::npos);
  write_bytes(folder.file("t.csv"), squares);
  CHECK(train(folder, "").err == "");
  // Of three classes one behind the other least squares would never say the middle one.
  const Ending middle = train(folder, "--model mlp --epochs 1 --rate 1e-6");
  CHECK_MESSAGE(fits(middle.err, "*a straight line through the same rows has 100.00 %, and this model * %: *, dense 3\"*"),
                middle.err);
}

TEST_CASE("train: of many rows some stand for all in the comparison, and all of the test are answered") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "a,b,y\n", test = text;
  for (int i = 0; i < 41'000; ++i) {  // every other row is of another kind
    const int a = i * 37 % 101, b = i % 2;
    text += fmt::format("{},{},{}\n", a, b, b == 1 ? "yes" : "no");
  }
  for (int i = 0; i < 40'100; ++i) test += fmt::format("{},{},{}\n", i * 37 % 101, i % 2, i % 2 == 1 && i % 4 == 1 ? "yes" : "no");
  write_bytes(folder.file("t.csv"), text);
  write_bytes(folder.file("test.csv"), test);
  const Ending ending = train(folder, "--test test.csv --model mlp --epochs 1 --rate 1e-9 --batch 4096");
  CHECK_MESSAGE(fits(ending.err, "*a straight line through the same rows has 75.0* %, and *"), ending.err);
}

TEST_CASE("predict: a point that may stand between thousands is told by the numbers that were learnt from") {
  if (!is_built() || !cambium_tests::is_built("predict", "warns")) return;
  const TempFolder folder;
  std::string text = "price,y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{}\n", 1001 + 300 * i, i % 7 + 0.5 * i);
  write_bytes(folder.file("t.csv"), text);
  REQUIRE(train(folder, "--epochs 1 --save m --quiet").code == 0);
  write_bytes(folder.file("new.csv"), "price\n14200\n14.200\n1.001\n14.2\n90000\n");
  CHECK(
      in(folder, "predict", "m new.csv").err ==
      "predict: new.csv: row 2 has 14.2 for 'price', and 1001 to 18701 were learnt from, and 1 row like it: its point was read as "
      "a "
      "decimal one, and may stand between thousands\n"
      "predict: new.csv: row 5 has 90000 for 'price', and 1001 to 18701 were learnt from: that answer is a guess, whatever stands "
      "beside it\n");
}

TEST_CASE("train --resume: from another folder, a path that leads nowhere is told by its option") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  std::filesystem::create_directory(folder.file("sub"));
  REQUIRE(train(folder, "--epochs 1 --test t.csv --out run --quiet").code == 0);
  const auto resume = [&](const std::string& from, const std::string& words) {
    return run_app("train", words + " --resume --quiet", "cd '" + folder.file(from) + "' &&");
  };
  const std::string error =
      "train: --resume: the run in {} has {}, and from here that is not there; try {} beside --resume with where it lies now, or "
      "going on in the folder where it was started last\n";
  CHECK(resume("sub", "--out ../run").err == fmt::format(fmt::runtime(error), "../run", "--data csv:t.csv", "--data"));
  REQUIRE(resume("sub", "--out ../run --epochs 2 --data csv:../t.csv --test ../t.csv").code == 0);
  CHECK(resume(".", "--out run --data csv:t.csv --epochs 3").code == 2);  // --test is told by who reads it
  CHECK(resume(".", "--out run").err == fmt::format(fmt::runtime(error), "run", "--data csv:../t.csv", "--data"));
  CHECK(resume("sub", "--out ../run --epochs 3").code == 0);
  const auto again = [&](const std::string& words) {
    return run_app("train", "--out run --resume " + words, "cd '" + folder.path() + "' && cd sub && ln -sf ../run run &&").out;
  };
  const std::string over = "all 3 epochs were trained before; --resume with more --epochs goes on\n";
  CHECK_MESSAGE(has(again(""), over), again(""));
  CHECK(!has(again("--epochs 4"), "were trained before"));
}

TEST_CASE("train --out: where the best epoch is not the last one, it is said which is tested") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  const std::string unmoved = "--validate 20 --layers 'dense 1' --optimizer sgd --rate 1e-30 ";
  CHECK(fits(train(folder, unmoved + "--epochs 3 --out run").out,
             "*\nthe test is of the last step; run/best.safetensors has epoch 1, the best on the validation samples\n*"));
  CHECK(!fits(train(folder, unmoved + "--epochs 1 --out once").out, "*the test is of*"));
}

TEST_CASE("evaluate: a table needs no kind before it, and one that the model has learnt from is warned of") {
  if (!is_built() || !cambium_tests::is_built("evaluate", "warns")) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  write_bytes(folder.file("new.csv"), table(30));
  const std::string warning = "warning: t.csv is by its name and size what the model has learnt from, {} of 100 samples: *\n";
  REQUIRE(train(folder, "--epochs 1 --save m --quiet").code == 0);
  const Ending again = in(folder, "evaluate", "m t.csv --quiet");
  CHECK(again.code == 0);
  CHECK_MESSAGE(fits(again.err, fmt::format(fmt::runtime(warning), 80)), again.err);
  CHECK(in(folder, "evaluate", "m csv:t.csv --quiet").err == again.err);
  CHECK(in(folder, "evaluate", "m csv:t.csv --quiet").out == again.out);
  CHECK(in(folder, "evaluate", "m new.csv --quiet").err == "");
  std::filesystem::create_directory(folder.file("sub"));
  std::filesystem::copy_file(folder.file("new.csv"), folder.file("sub/t.csv"));  // another size
  std::filesystem::copy_file(folder.file("t.csv"), folder.file("t2.csv"));       // another name
  REQUIRE(train(folder, "--epochs 1 --save n --test new.csv --quiet").code == 0);
  const Ending all = in(folder, "evaluate", "n t.csv --quiet");
  CHECK_MESSAGE(fits(all.err, fmt::format(fmt::runtime(warning), 100)), all.err);
  CHECK(all.err.find("inspect") == std::string::npos);
  for (const char* other : {"t2.csv", "sub/t.csv"}) CHECK(in(folder, "evaluate", fmt::format("n {} --quiet", other)).err == "");
  CHECK(in(folder, "evaluate", "m sub/t.csv --quiet").err == "");
}

TEST_CASE("predict: a number far beyond what was learnt from is told, and the folder of a training leads to its model") {
  if (!is_built() || !cambium_tests::is_built("predict", "warns")) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), table(100));
  REQUIRE(train(folder, "--epochs 1 --out run --quiet").code == 0);
  write_bytes(folder.file("new.csv"), "a,b\n1,2\n33,4\n5,6\n2,2000\n1,-3000\n");
  const Ending far = in(folder, "predict", "run/model.safetensors new.csv");
  CHECK(far.code == 0);
  CHECK_MESSAGE(
      far.err ==
          "predict: new.csv: row 2 has 33 for 'a', and 0 to 16 were learnt from, and 2 rows like it: that answer is a guess, "
          "whatever stands beside it\n",
      far.err);
  write_bytes(folder.file("new.csv"), "a,b\n1,2\n32,4\n");
  CHECK(in(folder, "predict", "run/model.safetensors new.csv").err == "");
  CHECK(in(folder, "predict", "run new.csv").err ==
        "predict: run: is a folder, and a model is a file; try run/model.safetensors\n");
}

TEST_CASE(
    "predict: of cells that were missing, and have what the training had for such, the first is told and others are counted") {
  if (!is_built() || !cambium_tests::is_built("predict", "warns")) return;
  const TempFolder folder;
  std::string text = "a,where,y\n,north,3.5\n4,,2.5\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{},{}.5\n", i, i % 3 ? "north" : "south", i);
  write_bytes(folder.file("t.csv"), text);
  REQUIRE(train(folder, "--missing mean --epochs 1 --save m --quiet").code == 0);
  write_bytes(folder.file("new.csv"), "a,where\n1,north\n2,\n,\n,south\n3,south\n");
  const Ending several = in(folder, "predict", "m new.csv");
  CHECK(several.code == 0);
  CHECK_MESSAGE(several.err ==
                    "predict: new.csv: row 2 has nothing for 'where', and 2 rows like it: what the training had for missing cells "
                    "is in its place\n",
                several.err);
  write_bytes(folder.file("new.csv"), "a,where\n1,north\n,south\n");
  CHECK(in(folder, "predict", "m new.csv").err ==
        "predict: new.csv: row 2 has nothing for 'a': what the training had for missing cells is in its place\n");
  write_bytes(folder.file("new.csv"), "a,where\n1,north\n");
  CHECK(in(folder, "predict", "m new.csv").err == "");
}

}  // namespace
}  // namespace cambium
