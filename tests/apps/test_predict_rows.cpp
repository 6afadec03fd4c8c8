// What predict says of rows whose cells say nothing to the model, and of tables that are damaged.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using namespace cambium_tests;

bool is_built() {
  return cambium_tests::is_built("train", "for predict") && cambium_tests::is_built("predict", "passing over rows");
}

Ending in(const TempFolder& folder, const std::string& app, const std::string& arguments, const std::string& before = "") {
  return run_app(app, arguments, "cd '" + folder.path() + "' && " + before);
}

void learn(const TempFolder& folder) {
  std::string text = "area,colour,price\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{},{}.5\n", i, i % 2 ? "red" : "blue", i);
  write_bytes(folder.file("t.csv"), text);
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data csv:t.csv --label price --epochs 1 --save m").code == 0);
}

Ending answers(const TempFolder& folder, const std::string& rows, const std::string& options = "--batch 1") {
  write_bytes(folder.file("new.csv"), "area,colour\n" + rows);
  return in(folder, "predict", "m new.csv " + options);
}

std::string behind(const char* row) { return fmt::format("; row {} is passed over; try ", row); }

const std::string green =
    "predict: new.csv: line 2, column 2 'colour': the category 'green' was never seen; known are 'blue', 'red'";
const std::string spelling = "one of these where it is another spelling, a training with rows of it, or a table without this row\n";

TEST_CASE("predict: rows with a cell that says nothing are told, counted and passed over, and the others keep their numbers") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  const Ending good = answers(folder, "1,red\n2,red\n3,blue\n");
  REQUIRE(good.code == 0);
  const std::string rows = "9,green\n1,red\n,red\n2,red\nx,blue\n7,\n\"1,5\",red\n1e999,red\n3,blue\n9,pink\n";
  const Ending all = answers(folder, rows);
  CHECK(all.code == 1);
  CHECK_MESSAGE(fits(all.out, "row,price\n2,*\n4,*\n9,*\n"), all.out);
  std::string expected = all.out;  // the same answers, under other numbers
  for (const auto& [from, to] : {std::pair("\n2,", "\n1,"), {"\n4,", "\n2,"}, {"\n9,", "\n3,"}})
    expected.replace(expected.find(from), 3, to);
  CHECK(good.out == expected);
  CHECK_MESSAGE(
      fits(all.err, green + behind("1") + spelling + "predict: new.csv: line 4, column 1 'area': the cell is empty" + behind("3") +
                        "a number there\npredict: new.csv: line 6, column 1 'area': 'x' is no number" + behind("5") +
                        "a number there\npredict: new.csv: line 7, column 2 'colour': the cell is empty" + behind("6") +
                        "a category there\npredict: new.csv: line 8, column 1 'area': '1,5' has a comma in a number" + behind("7") +
                        "*\npredict: new.csv: line 9, *\npredict: new.csv: line 11, *\npredict: 7 of 10 rows were passed over\n"),
      all.err);
  CHECK(answers(folder, rows, "--batch 2").err == all.err);
  const Ending written = answers(folder, rows, "--batch 1 --out answers.csv");
  CHECK(written.code == 1);
  CHECK(read_bytes(folder.file("answers.csv")) == all.out);
  CHECK(written.err == all.err);
  const Ending again = in(folder, "predict", "m new.csv --out answers.csv");
  CHECK(again.err == all.err + "predict: answers.csv was there, and is replaced\n");
  const Ending piped = in(folder, "predict", "m - --batch 1", "cat new.csv |");
  CHECK(piped.code == 1);
  CHECK(piped.out == all.out);
}

TEST_CASE("predict: of tables without rows it is said that there is nothing to predict") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  const Ending none = answers(folder, "");
  CHECK(none.code == 0);
  CHECK(none.out == "row,price\n");
  CHECK(none.err == "predict: there is nothing to predict in 'new.csv'\n");
  CHECK(answers(folder, "1,red\n").err == "");
}

TEST_CASE("predict: of many rows that are passed over not all are told, and those of all files are counted") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  std::string rows = "1,red\n";
  for (int i = 0; i < 30; ++i) rows += "1,green\n";
  const Ending many = answers(folder, rows + ",red\n");
  CHECK(many.code == 1);
  CHECK(std::count(many.err.begin(), many.err.end(), '\n') == 5 + 1 + 1 + 1);  // another kind comes behind them
  CHECK_MESSAGE(fits(many.err,
                     "*; row 6 is passed over; *\npredict: more are passed over without a line of their own\n"
                     "predict: new.csv: line 33, column 1 'area': the cell is empty; row 32 is passed over; *\n"
                     "predict: 31 of 32 rows were passed over\n"),
                many.err);
  write_bytes(folder.file("bad.csv"), "area,colour\n1,green\n");
  write_bytes(folder.file("good.csv"), "area,colour\n1,red\n2,red\n");
  const Ending several = in(folder, "predict", "m bad.csv good.csv bad.csv");
  CHECK(several.code == 1);
  CHECK(fits(several.out, "file,row,price\ngood.csv,1,*\ngood.csv,2,*\n"));
  CHECK(fits(several.err,
             "predict: bad.csv: *" + behind("1") + "*\npredict: bad.csv: *" + behind("1") + "*\npredict: 2 of 4 rows were *\n"));
}

TEST_CASE("predict: where every row would be passed over there are no answers, and one alone is an error as it is") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  const Ending one = answers(folder, "1,green\n", "--out answers.csv");
  CHECK(one.code == 2);
  CHECK(one.err == green + "; try " + spelling);
  const Ending both = answers(folder, "1,green\n,red\n", "--out answers.csv");
  CHECK(both.code == 2);
  CHECK(both.out == "");
  CHECK_MESSAGE(fits(both.err, green + behind("1") + "*\npredict: new.csv: line 3, *\npredict: none of the 2 rows could be read, " +
                                   "beginning with new.csv: line 2, *; try " + spelling),
                both.err);
  CHECK(!std::filesystem::exists(folder.file("answers.csv")));
}

TEST_CASE("predict: an apostrophe in a cell does not make another kind of message of it") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  std::string rows = "1,red\n";
  for (int i = 0; i < 12; ++i) rows += fmt::format("1,O'{}\n", std::string(static_cast<std::size_t>(i + 1), 'x'));
  const Ending ending = answers(folder, rows);
  CHECK_MESSAGE(std::count(ending.err.begin(), ending.err.end(), '\n') == 5 + 1 + 1, ending.err);
}

TEST_CASE("predict: --id carries columns into the answers, wherever it stands") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  write_bytes(folder.file("new.csv"), "who,area,colour,price\n\"Ann, \"\"B\"\"\",07,red,3\nBob,1,green,4\n,2,blue,5\n");
  const std::string csv = "row,who,area,price\n1,\"Ann, \"\"B\"\"\",07,*\n3,\"\",2,*\n";
  for (const char* order :
       {"--id who,area m new.csv", "m --id who,area new.csv", "m new.csv --id=who,area", "m new.csv --id 'who, 2'"}) {
    const Ending ending = in(folder, "predict", std::string(order) + " --new-columns");
    CAPTURE(order);
    CHECK(ending.code == 1);
    CHECK_MESSAGE(fits(ending.out, order[std::string(order).size() - 1] == '\'' ? "row,who,2,price\n1,*,07,*" : csv), ending.out);
  }
  const Ending json = in(folder, "predict", "m new.csv --id who --format jsonl");
  CHECK_MESSAGE(fits(json.out, "{\"row\": 1, \"who\": \"Ann, \\\"B\\\"\", \"price\": *}\n{\"row\": 3, \"who\": \"\", *}\n"),
                json.out);
  const Ending label = in(folder, "predict", "m new.csv --new-columns --id price,row,price");  // others have these names
  CHECK(label.code == 2);
  CHECK_MESSAGE(fits(label.err, "predict: new.csv: --id: there is no column 'row' among 'who', 'area', *"), label.err);
  CHECK(fits(in(folder, "predict", "m new.csv --new-columns --id price,price").out,
             "row,price_given,price_given_given,price\n1,3,3,*\n3,5,5,*\n"));
  write_bytes(folder.file("bare.csv"), "7,red\n");
  const Ending bare = in(folder, "predict", "m bare.csv new.csv --new-columns --id area");
  CHECK_MESSAGE(fits(bare.out, "file,row,area,price\nbare.csv,1,7,*\nnew.csv,1,07,*\nnew.csv,3,2,*\n"), bare.out);
}

TEST_CASE("predict: cells that were filled are told also where a later row breaks the table") {
  if (!is_built()) return;
  const TempFolder folder;
  std::string text = "area,price\n,3.5\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{}.5\n", i, i);
  write_bytes(folder.file("t.csv"), text);
  REQUIRE(in(folder, "train", "--quiet --threads 1 --data csv:t.csv --label price --missing mean --epochs 1 --save m").code == 0);
  write_bytes(folder.file("new.csv"), "area,colour\n1,2\n,2\n1,\"2\n");
  const Ending broken = in(folder, "predict", "m new.csv --new-columns");
  CHECK(broken.code == 2);
  CHECK_MESSAGE(
      fits(broken.err, "predict: new.csv: row 2 has nothing for 'area': *\npredict: new.csv: line 4, *: a quote is not closed*\n"),
      broken.err);
}

TEST_CASE("predict: without a heading the first row is passed over like others") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  write_bytes(folder.file("bare.csv"), "1,green\n1,red\n");
  const Ending bare = in(folder, "predict", "m bare.csv");
  CHECK(bare.code == 1);
  CHECK(fits(bare.out, "row,price\n2,*\n"));
  CHECK(has(bare.err, "1 of 2 rows was passed over"));
}

TEST_CASE("predict: what damages the table is an error, and what came before it is said") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  for (const char* broken : {"1,\"red\n2,red\n", "1,\"re\"d\n", "1,re\xff\n"}) {
    const Ending ending = answers(folder, "1,green\n1,red\n" + std::string(broken) + "1,blue\n");
    CAPTURE(broken);
    CHECK(ending.code == 2);
    CHECK_MESSAGE(fits(ending.out, "row,price\n2,*\n"), ending.out);
    CHECK_MESSAGE(fits(ending.err, green + behind("1") + "*\npredict: new.csv: line 4*\n"), ending.err);
    CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 2);
  }
  const Ending first = answers(folder, "1,green\n1,\"\n");
  CHECK(fits(first.err, green + behind("1") + "*\npredict: new.csv: line 3, column 2: a quote is not closed*\n"));
}

TEST_CASE("predict: rows with too few or too many cells are passed over") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  const Ending ending = answers(folder, "1,red\n1\n1,red,3\n1,blue\n");
  CHECK(ending.code == 1);
  CHECK_MESSAGE(fits(ending.out, "row,price\n1,*\n4,*\n"), ending.out);
  CHECK_MESSAGE(fits(ending.err,
                     "predict: new.csv: line 3 has 1 cell, and 2 are needed*; row 2 is passed over; *\n"
                     "predict: new.csv: line 4 has 3 cells, and 2 are needed*; row 3 is passed over; *\n"
                     "predict: 2 of 4 rows were passed over\n"),
                ending.err);
}

TEST_CASE("evaluate and train pass over no row of a test") {
  if (!is_built()) return;
  const TempFolder folder;
  learn(folder);
  write_bytes(folder.file("test.csv"), "area,colour,price\n1,red,2\n2,green,3\n");
  const Ending trained = in(folder, "train", "--quiet --data csv:t.csv --label price --epochs 1 --test test.csv");
  CHECK(trained.code == 2);
  CHECK(has(trained.err, "line 3, column 2 'colour': the category 'green' was never seen"));
  if (!cambium_tests::is_built("evaluate", "passing over nothing")) return;
  const Ending tested = in(folder, "evaluate", "m csv:test.csv");
  CHECK(tested.code == 2);
  CHECK(has(tested.err, "line 3, column 2 'colour': the category 'green' was never seen"));
  CHECK(!has(tested.err, "passed over"));
}

}  // namespace
}  // namespace cambium
