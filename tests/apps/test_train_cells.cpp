// Cells of a table that are not what they seem: far from all others, words among numbers, dates; and tails that are long.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "cambium/framework/base/random.h"
#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() { return cambium_tests::is_built("train", "looks at cells"); }

Ending train(const TempFolder& folder, const std::string& arguments) {
  return run_app("train", "--threads 1 --data csv:t.csv --label y " + arguments, "cd '" + folder.path() + "' &&");
}

// The cells of `a` and `y` in the rows 3, 13, ..., so many of them, are these; else 20 to 30, and "p" or "q" or a value.
std::string table(const std::string& a, int many, bool values = false, const std::string& y = "") {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 200; ++i) {
    const bool odd = i % 10 == 1 && i < 10 * many;
    const std::string label = odd && !y.empty() ? y : values ? fmt::format("{}.5", i % 11) : i % 11 < 6 ? "p" : "q";
    text += fmt::format("{},{},{}\n", odd ? a : std::to_string(20 + i % 11), i * 37 % 101, label);
  }
  return text;
}

TEST_CASE("train: cells far from all others are warned of, with the first one's line and what to type") {
  if (!is_built()) return;
  const TempFolder folder;
  const auto says = [&](const std::string& text, const std::string& arguments = "") {
    write_bytes(folder.file("t.csv"), text);
    return train(folder, "--epochs 1 --quiet " + arguments).err;
  };
  const std::string rest = " the scale of the column; where it stands for a missing cell: ";
  CHECK(says(table("-999", 8)) ==
        "warning: column 'a': -999 in line 3 of t.csv, as 7 more, is far from all other cells, 20 to 30, and sets" + rest +
            "--missing mean --missing-texts=-999; else the file without it\n");
  CHECK(says(table("1e+30", 1), "--missing mean") ==
        "warning: column 'a': 1e+30 in line 3 of t.csv is far from all other cells, 20 to 30, and sets" + rest +
            "--missing-texts=1e+30; else the file without it\n");
  CHECK(has(says(table("24", 1, true, "-5000")), "column 'y': -5000 in line 3 of t.csv is far from all other cells, 0.5 to 10.5"));
  CHECK(has(says(table("-98765.43", 3)), "-98765.43 in line 3 of t.csv, as 2 more, is far"));  // of which no difference is exact
  CHECK(says(table("-999", 8), "--missing mean --missing-texts=-999") == "");
  CHECK(says(table("-999", 8), "--missing mean --missing-texts 'x, -999.0'") == "");  // the same number
  CHECK(says(table("129", 8)) == "");  // ten times as far as the others are apart, and not more
  CHECK(says(table("131", 8)) != "");
  CHECK(says(table("-999", 20)) != "");
  CHECK(says(table("24", 1)) == "");
  std::string rare = "a,b,y\n", few = "a,b,y\n";  // the others are all the same; and of few rows nothing is known
  for (int i = 0; i < 60; ++i) rare += fmt::format("{},{},{}\n", i == 7 ? 500 : 0, i % 7, i % 2 == 0 ? "p" : "q");
  for (int i = 0; i < 19; ++i) few += fmt::format("{},{},{}\n", i == 7 ? 500 : i % 3, i % 7, i % 2 == 0 ? "p" : "q");
  CHECK(says(rare) == "");
  CHECK(!has(says(few), "far from"));
}

TEST_CASE("train: a filled cell is none of those that the others are compared with") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = table("1e+12", 1);
  text.replace(text.find("\n21,"), 4, "\n,");
  write_bytes(folder.file("t.csv"), text);
  const Ending ending = train(folder, "--epochs 1 --quiet --missing mean");
  CHECK_MESSAGE(has(ending.err, "1e+12 in line 3 of t.csv is far from all other cells, 20 to 30,"), ending.err);
}

TEST_CASE("train: missing cells, words among numbers and columns of no use are told at once, with all that is to be typed") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "id,when,a,b,y\n";
  for (int i = 0; i < 300; ++i)
    text += fmt::format("n{0},{1}.{2}.2024,{3},{4},{5}\n", i, 1 + i % 28, 1 + i / 28,
                        i == 5    ? ""
                        : i == 40 ? "unknown"
                                  : std::to_string(i * 7 % 150),
                        i % 50 == 9 ? "-" : std::to_string(i % 13) + ".5", i * 7 % 150 > 70 ? "p" : "q");
  write_bytes(folder.file("t.csv"), text);
  const Ending first = train(folder, "--quiet");
  CHECK(first.err ==
        "train: t.csv: line 7, column 3 'a': the cell is empty; nor will 7 others do, in 'a', 'b', such as 'unknown', '-'; too "
        "many different texts for names are in 'id', 'when'; try --missing mean, or --missing leave-out, with --missing-texts "
        "'unknown,-' where they stand for a missing value, and leaving those columns out (--leave-out id,when)\n");
  const Ending dates = train(folder, "--quiet --missing mean --missing-texts unknown,- --leave-out id");
  CHECK(dates.err ==
        "train: t.csv: line 102, column 2 'when': more than 100 different dates, too many for names; try leaving the column out "
        "(--leave-out when) or numbers in its place (the year, days since the first)\n");
  CHECK(train(folder, "--quiet --epochs 1 --missing mean --missing-texts unknown,- --leave-out id,when").code == 0);
}

// Amounts: three columns whose logarithms make the class.
std::string amounts(int rows) {
  std::string text = "a,b,c,y\n";
  for (int i = 0; i < rows; ++i) {
    const Random random = Random(21).of(static_cast<std::uint64_t>(i));
    const double a = random.normal(0), b = random.normal(2), c = random.normal(4), score = a + b - c + 0.3 * random.normal(6);
    text += fmt::format("{:.6g},{:.6g},{:.6g},{}\n", std::exp(2 * a), std::exp(2 * b), std::exp(2 * c),
                        score > 0.7    ? "high"
                        : score < -0.7 ? "low"
                                       : "middle");
  }
  return text;
}

double accuracy(const Ending& ending) {
  const std::size_t at = ending.out.find("test accuracy ");
  return at == ending.out.npos ? -1 : std::stod(ending.out.substr(at + 14));
}

TEST_CASE("train: the model of tables with classes learns from columns with long tails") {
  if (!is_built()) return;
  const TempFolder folder;
  write_bytes(folder.file("t.csv"), amounts(1500));
  const std::string hidden =
      "dense 128 bias=false, batch_norm, affine, relu, dense 64 bias=false, batch_norm, affine, relu, dense 3'";
  const Ending by_batches = train(folder, "--rate 0.004 --layers 'batch_norm for_input, " + hidden);
  const double ours = accuracy(train(folder, "")), theirs = accuracy(by_batches);
  CHECK_MESSAGE(theirs > 30, theirs);
  CHECK_MESSAGE(ours > theirs + 3, ours, " and ", theirs);
  CHECK_MESSAGE(!has(by_batches.err, "by heart"),
                "by the statistics of batches training samples are met better, and not by others");
}

}  // namespace
}  // namespace cambium
