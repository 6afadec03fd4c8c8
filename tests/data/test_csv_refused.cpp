#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "tests/data/tables.h"

namespace cambium {
namespace {

using cambium_tests::contents_of;
using cambium_tests::Tables;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;
using Labels = CsvOptions::Labels;
using Missing = CsvOptions::Missing;

// Lines of two columns: in the first one "0", "1", ..., or what `cell` makes of the number.
std::string lines(
    int count, const std::function<std::string(int)>& cell = [](int i) { return std::to_string(i); }) {
  std::string text = "a,b\n";
  for (int i = 0; i < count; ++i) text += cell(i) + "," + std::to_string(i % 2) + "\n";
  return text;
}

struct Refused {
  const char* name;
  std::string text;
  const char* words;
  CsvOptions options = {};
};

std::string odd_one(int count, int at, const std::string& odd) {
  return lines(count, [&](int i) { return i == at ? odd : std::to_string(i % 7); });
}

std::string several_of_no_use(int count) {
  std::string text = "id,date,y,empty\n";
  for (int i = 0; i < count; ++i) text += "n" + std::to_string(i) + ",d" + std::to_string(i / 2) + "," + std::to_string(i) + ",\n";
  return text;
}

std::string both_of_no_use(int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) text += fmt::format("n{0},m{0},{0}\n", i);
  return text;
}

std::string only_value_in(int row, int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) text += fmt::format("n{},{},{}\n", i, i == row ? "5" : "", i);
  return text;
}

std::string id_and_wrong_cell(int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) text += fmt::format("n{},{},{}\n", i, i == 30 ? "1O3" : std::to_string(i), i);
  return text;
}

// 40 rows; two cells of the first column are no numbers, and three of the second.
std::string odd_cells() {
  std::string text = "a,b\n";
  for (int i = 0; i < 40; ++i)
    text += (i == 1 || i == 5 ? "x" : std::to_string(i % 7)) + "," + (i % 13 == 6 ? "y" : std::to_string(i % 5)) + "\n";
  return text;
}

std::string repeated(int n, const std::string& row) {
  std::string text;
  while (n-- > 0) text += row;
  return text;
}

std::string commas_and_names() {
  std::string text = "n;b\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("{};{}\n", i, i % 20 == 7 ? "-" : fmt::format("{},5", i));
  return text;
}

std::string far_apart() {
  std::string text = "a,b\n";
  for (int i = 0; i < 400; ++i)
    text += fmt::format("{},{}\n", i % 50 == 1 ? "-" : std::to_string(i), i % 40 == 3 ? "n.a." : std::to_string(2 * i));
  return text;
}

const std::vector<Refused>& refused() {
  static const std::vector<Refused> all = {
      {"empty", "", ": is empty; try a table with a header and rows"},
      {"blank lines alone", "\n \r\n\n", ": is empty"},
      {"a mark alone", "\xef\xbb\xbf", ": is empty"},
      {"a header alone", "a,b\n", ": has a header and no rows"},
      {"a short row", "a,b\n1,2\n3\n", ": line 3 has 1 cell, and 2 are needed, with ',' between them"},
      {"commas are in a column with few numbers and other texts", commas_and_names(),
       ": line 2, column 2 'b': '0,5' has a comma in a number; nor will 199 others do, in 'b', such as '-'; try a decimal point"},
      {"odd cells of two columns, far apart", far_apart(),
       ": line 3, column 1 'a': '-' is no number, and 100 of the first 103 cells are; nor will 17 others do, in 'a', 'b', such as "
       "'n.a.'; try a number there"},
      {"a short row and a long one", "a,b\n1,2\n3\n4,5\n\n6,7,8\n",
       ": line 3 has 1 cell, and 2 are needed, with ',' between them; nor will line 6 do; try the cells that are missing"},
      {"many long rows", "a,b\n1,2\n" + repeated(9, "3,4,5\n") + "6,7\n",
       ": line 3 has 3 cells, and 2 are needed, with ',' between them; nor will lines 4, 5, 6, 7, 8, ... (8 in all) do"},
      {"short rows before a broken one", "a,b\n1\n2\n\"3,4\n5\n",
       ": line 2 has 1 cell, and 2 are needed, with ',' between them; nor will line 3 do"},
      {"a long row", "a,b\n1,2\n\n3,4,5\n", ": line 4 has 3 cells, and 2 are needed"},
      {"a name twice", "a,b,a\n1,2,3\n", ": line 1: columns 1 and 3 are both called 'a'"},
      {"no such label",
       "age,kind\n1,2\n",
       ": label: there is no column 'kint' (did you mean 'kind'?) among 'age', 'kind'",
       {.label = "kint"}},
      {"no such number", "a,b\n1,2\n", ": label: there is no column '3' among 'a', 'b'", {.label = "3"}},
      {"number 0", "a,b\n1,2\n", ": label: there is no column '0' among 'a', 'b'", {.label = "0"}},
      {"none to leave out", "a,b\n1,2\n", ": left out: there is no column 'c'", {.leave_out = {"c"}}},
      {"no such category", "a,b\n1,2\n", ": a category: there is no column 'c'", {.categories = {"c"}}},
      {"label and left out", "a,b\n1,2\n", ": column 'b' is the label, and left out as well", {.label = "b", .leave_out = {"2"}}},
      {"no input", "y\n1\n2\n", ": no column is left as an input", {.label = "y"}},
      {"a typing error", odd_one(40, 12, "1O3"),
       ": line 14, column 1 'a': '1O3' is no number, and 39 of the 40 cells are; try a number there"},
      {"one after many", odd_one(40, 12, "1O3") + "x,1\n",
       ": line 14, column 1 'a': '1O3' is no number, and 39 of the 41 cells are"},
      {"text behind many numbers", lines(300) + "1O3,1\n",
       ": line 302, column 1 'a': '1O3' is no number, and all cells above it are"},
      {"text before many numbers", "a,b\nx,1\n" + lines(300).substr(4),
       ": line 2, column 1 'a': 'x' is no number, and 100 of the first 101 cells are; try a number there"},
      {"decimal commas", "a;b\n1,5;2\n2,5;3\n",
       ": line 2, column 1 'a': '1,5' has a comma in a number; nor will 1 other do, in 'a'; try a decimal point, and nothing "
       "between thousands (sed -E "
       "'s/([0-9]),([0-9])/\\1.\\2/g' IN > OUT makes points of them)"},
      {"decimal commas in one column, and thousands in another", "a;b\n1,5;2\n2,5;1.234,5\n",
       "'1,5' has a comma in a number; nor will 2 others do, in 'a', 'b'; try a decimal point, and nothing between thousands (sed "
       "-E 's/\\.([0-9]{3})\\b/\\1/g; s/([0-9]),([0-9])/\\1.\\2/g' IN > OUT makes such a copy)"},
      {"decimal commas, and points that can only stand between thousands", "a;b\n1,5;34.154\n2,5;21.000\n3,5;8.250\n",
       "'1,5' has a comma in a number; nor will 2 others do, in 'a'; try a decimal point, and nothing between thousands (sed -E "
       "'s/\\.([0-9]{3})\\b"},
      {"several points in a number", lines(300) + "1.250.000,1\n",
       ": line 302, column 1 'a': '1.250.000' has points between thousands; try a decimal point, and nothing between thousands"},
      {"a title above the names",
       "Stays of 2024\na,b\n1,2\n",
       ": label: there is no column 'b' among 'Stays of 2024'; try the file without the line above the names of its columns",
       {.label = "b"}},
      {"a title above the names, and semicolons",
       "Stays, of 2024\na;b;c\n1;2;3\n",
       "try the file without the line above the names of its columns",
       {.label = "b"}},
      {"empty cells, and a list of missing texts without them",
       lines(300) + ",1\n",
       ": line 302, column 1 'a': the cell is empty, and .missing_texts has no \"\"; try \"\" among .missing_texts",
       {.missing = Missing::mean, .missing_texts = {"-"}}},
      {"more words than were given",
       lines(300) + "-,1\nunknown,1\n",
       "'unknown' is no number, and all cells above it are; try a number there, or .missing_texts = '-,unknown' where they stand",
       {.missing = Missing::mean, .missing_texts = {"", "-"}}},
      {"decimal commas of several columns, in rows above as well", "a;b;c\n1,5;2,5;x\n2,5;3,5;y\n3,5;4,5;\n",
       ": line 4, column 3 'c': the cell is empty; nor will 6 others do, in 'a', 'b', such as '1,5'; try .missing"},
      {"a comma in a column of names is no fault", "g;n;y\nA;1;1\nB;2;2\n1,5;3;3\nA;4;4\n" + repeated(19, "A;1;1\n") + "A;x;1\n",
       ": line 25, column 2 'n': 'x' is no number, and 23 of the 24 cells are; try a number there"},
      {"decimal commas among whole numbers", "a;b\n1;2\n2,5;3\n", ": line 3, column 1 'a': '2,5' has a comma in a number"},
      {"thousands", lines(300) + "\"1,234\",1\n",
       ": line 302, column 1 'a': '1,234' has a comma in a number; try a decimal point, and nothing between thousands"},
      {"a picture", "\x89PNG\r\n\x1a\n\n", ": is PNG, and no table; try a table of text"},
      {"a printed page", "%PDF-1.4\n", ": is PDF, and no table"},
      {"infinite", "a,b\n1,2\n-inf,3\n", ": line 3, column 1 'a': '-inf' is not finite"},
      {"infinite behind many", lines(300) + "Infinity,1\n", ": line 302, column 1 'a': 'Infinity' is not finite"},
      {"nan that does not mean missing", "a,b\n1,2\nnan,3\n", "'nan' is not finite", {.missing_texts = {""}}},
      {"nothing but nan", "a,b\nnan,2\nnan,3\n", ": line 2, column 1 'a': 'nan' is not finite", {.missing_texts = {""}}},
      {"too large", "a,b\n1,2\n1e309,3\n", ": line 3, column 1 'a': '1e309' is too large for a number here"},
      {"too large behind many", lines(300) + "-1e999,1\n", ": line 302, column 1 'a': '-1e999' is too large"},
      {"a missing cell", "a,b\n1,2\n,3\n",
       ": line 3, column 1 'a': the cell is empty; try .missing = mean, or .missing = leave_out"},
      {"several missing cells", "a,b\n1,2\n,3\n,\n",
       ": line 3, column 1 'a': the cell is empty; nor will 2 others do, in 'a', 'b'; try .missing = mean, or .missing"},
      {"cells of several kinds", lines(300) + "x,1\n2,\n",
       ": line 302, column 1 'a': 'x' is no number, and all cells above it are; nor will 1 "
       "other do, in 'b'; try a number there"},
      {"a column of which most is missing", "a,b\n1,2\n" + repeated(9, ",3\n"),
       ": line 3, column 1 'a': the cell is empty; nor will 8 others do, in 'a'; try leaving the column out (.leave_out = a): 9 of "
       "10 "
       "cells are missing"},
      {"a column of which half is missing", "a,b\n" + repeated(5, "1,2\n") + repeated(5, ",3\n"), "in 'a'; try .missing = mean"},
      {"an odd cell more behind many numbers", "a,b\nx,1\n" + lines(300).substr(4) + "y,1\n",
       ": line 2, column 1 'a': 'x' is no number, and 100 of the first 101 cells are; nor will 1 other do, in 'a', such as 'y'; "
       "try a "
       "number there"},
      {"odd cells of two columns", odd_cells(),
       ": line 3, column 1 'a': 'x' is no number, and 38 of the 40 cells are; nor will 4 others do, in 'a', 'b', such as 'y'; try "
       "a number "
       "there"},
      {"a text in a column with gaps that are to be filled",
       lines(300) + "x,1\n" + repeated(400, ",1\n"),
       ": line 302, column 1 'a': 'x' is no number, and all cells above it are; try a number there",
       {.missing = Missing::mean}},
      {"numbers among many texts",
       "a,b\n1,1\n2,1\nx,1\ny,1\nz,1\nv,1\n",
       ": line 7, column 1 'a': more than 5 different cells, too many for names; 2 of them are numbers, others are 'x', 'y', 'z'; "
       "try",
       {.one_hot_limit = 5}},
      {"a missing cell behind many", lines(300) + "?,1\n", ": line 302, column 1 'a': '?' stands for a missing value"},
      {"a missing label",
       "x,y\n1,a\n2,\n",
       ": line 3, column 2 'y': the cell is empty; try .missing = leave_out, or .missing = mean, which both leave such rows out",
       {.label = "y"}},
      {"no row with a label", "x,y\n1,\n2,\n", ": each of the 2 rows has a missing cell", {.label = "y", .missing = Missing::mean}},
      {"no row left", "a,b\n,2\n3,\n", ": each of the 2 rows has a missing cell", {.missing = Missing::leave_out}},
      {"nothing in a column",
       "a,b\n,1\n,2\n",
       ": column 1 'a': no cell of the column has a value; try leaving the column out (.leave_out = a)",
       {.missing = Missing::mean}},
      {"nothing in a column whose name a shell takes apart",
       "Listed on,b\n,1\n,2\n",
       "has a value; try leaving the column out (.leave_out = 'Listed on')",
       {.missing = Missing::mean}},
      {"nothing in a column whose name cannot be typed",
       "b,it's\n1,\n2,\n",
       "has a value; try leaving the column out (.leave_out = 2)",
       {.missing = Missing::mean}},
      {"one class", "x,y\n1,p\n2,p\n", ": label 'y' is 'p' in every row, and a choice needs two classes", {.label = "y"}},
      {"one class of a number", "x,y\n1,5\n2,5\n", ": label 'y' is '5' in every row", {.label = "y"}},
      {"one value", "x,y\n1,5.5\n2,5.5\n", ": label 'y' is 5.5 in every row; try another column as label", {.label = "y"}},
      {"texts where values are wanted",
       "x,y\n1,5\n2,big\n",
       ": line 3, column 2 'y': 'big' is no number, and the label is a value",
       {.label = "y", .labels = Labels::values}},
      {"too many categories", lines(200, [](int i) { return "n" + std::to_string(i); }),
       ": line 102, column 1 'a': more than 100 different cells, too many for names; try leaving the column out (.leave_out = "
       "a), numbers without a unit, or a larger .one_hot_limit"},
      {"several columns of no use",
       several_of_no_use(300),
       ": line 102, column 1 'id': more than 100 different cells, too many for names; nor will columns 'date', 'empty' do; try "
       "leaving them out (.leave_out = id,date,empty)",
       {.label = "y", .missing = Missing::mean}},
      {"two columns that are too much in the same row",
       "a,b,y\n" + both_of_no_use(40),
       ": line 12, column 1 'a': more than 10 different cells, too many for names; nor will column 'b' do; try leaving them out "
       "(.leave_out = a,b)",
       {.label = "y", .one_hot_limit = 10}},
      {"a column whose only value is in the row of the fault",
       "id,z,y\n" + only_value_in(10, 40),
       ": line 12, column 1 'id': more than 10 different cells, too many for names; try leaving the column out (.leave_out = id), ",
       {.label = "y", .missing = Missing::mean, .one_hot_limit = 10}},
      {"a name that cannot be typed goes by its number",
       "it's,\"a,b\",y\n" + both_of_no_use(40),
       "try leaving them out (.leave_out = 1,2)",
       {.label = "y", .one_hot_limit = 10}},
      {"cells to be mended are no columns to be left out",
       "id,b,y\n" + id_and_wrong_cell(40),
       ": line 12, column 1 'id': more than 10 different cells, too many for names; try leaving the column out (.leave_out = id), ",
       {.label = "y", .one_hot_limit = 10}},
      {"behind a column of no use, a broken row",
       several_of_no_use(24) + "\"x\"y,,,\n",
       ": line 12, column 1 'id': more than 10 different cells, too many for names; nor will column 'date' do; try",
       {.label = "y", .missing = Missing::mean, .one_hot_limit = 10}},
      {"dates", lines(200, [](int i) { return fmt::format("{}.3.2024 12:{:02}", i % 28 + 1, i % 60); }),
       ": line 102, column 1 'a': more than 100 different dates, too many for names; try leaving the column out (.leave_out = a), "
       "numbers in its place (the year, days since the first), or a larger .one_hot_limit"},
      {"too many classes",
       lines(200),
       ": line 8, column 1 'a': more than 6 different cells, too many for names; try another column as label, "
       "numbers without a unit, or a larger .class_limit",
       {.label = "a", .labels = Labels::classes, .class_limit = 6}},
      {"no separator", "a,b\n1,2\n", "'\"' cannot separate cells", {.separator = '"'}},
      {"a digit as separator", "a,b\n1,2\n", "'1' cannot separate cells", {.separator = '1'}},
      {"no limit", "a,b\n1,2\n", "one_hot_limit is 0; try a number from 1 to 1000000", {.one_hot_limit = 0}},
      {"no number for missing cells",
       "a,b\n1,2\n",
       "missing_number is not finite",
       {.missing = Missing::number, .missing_number = std::numeric_limits<double>::infinity()}},
  };
  return all;
}

TEST_CASE("csv: wrong tables are refused in one line, by file, line and column") {
  const Tables tables;
  for (const Refused& one : refused()) {
    CAPTURE(one.name);
    CHECK_THROWS_WITH_AS(tables.load(one.text, one.options), Contains(one.words), Error);
    try {
      tables.load(one.text, one.options);
    } catch (const Error& error) {
      const std::string said = error.what();
      CHECK(said.find('\n') == said.npos);
      CHECK_FALSE(error.remedy().empty());
      if (said.find("CSV options") == said.npos) CHECK(said.starts_with(tables.path + ": "));
    }
  }
}

TEST_CASE("csv: a command makes points of commas where they do not separate cells") {
  const std::string remedy = "a decimal point, and nothing between thousands";
  const std::string commas = R"(s/([0-9]),([0-9])/\1.\2/g' IN > OUT makes )", points = R"(s/\.([0-9]{3})\b/\1/g; )";
  for (const char* cell : {"1,5", "1.539,61", "1,234.5"}) CHECK(remedy_for_commas(',', cell) == remedy);
  for (const char separator : {';', '\t', '|'}) {
    CHECK(remedy_for_commas(separator, "1,5") == remedy + " (sed -E '" + commas + "points of them)");
    CHECK(remedy_for_commas(separator, "1.539,61") == remedy + " (sed -E '" + points + commas + "such a copy)");
    CHECK(remedy_for_commas(separator, "1,234.5") == remedy);  // which sign is which?
  }
}

TEST_CASE("csv: what is no file") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(load_csv(folder.file("nothing")), Contains("No such file"), Error);
  CHECK_THROWS_WITH_AS(load_csv(folder.path()), Contains("is not a regular file but a folder"), Error);
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(load_csv(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
}

void write_packed(const std::string& path, const std::string& text) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

TEST_CASE("csv: a packed table, and how much may come out of it") {
  const TempFolder folder;
  const std::string path = folder.file("t.csv"), text = lines(3000);
  write_packed(path, text);
  CHECK(load_csv(path).data.size() == 3000);
  CHECK(load_csv(path, {.unpacked_bytes = text.size()}).data.size() == 3000);
  CHECK_THROWS_WITH_AS(load_csv(path, {.unpacked_bytes = text.size() - 1}),
                       Contains("are packed in it, and no more are allowed; try a larger .unpacked_bytes"), Error);
  const std::string whole = cambium_tests::read_bytes(path);
  for (const std::size_t n : {std::size_t{2}, whole.size() / 2, whole.size() - 1}) {
    write_bytes(path, whole.substr(0, n));
    CHECK_THROWS_WITH_AS(load_csv(path), Contains("its gzip data is cut off"), Error);
  }
}

// One row without an end.
class Endless final : public ByteSource {
 public:
  std::size_t read(char* to, std::size_t n) override {
    std::fill_n(to, n, 'x');
    return n;
  }
};

TEST_CASE("csv: a row has an end") {
  CsvRows rows(std::make_unique<Endless>(), "t", ',');
  CHECK_THROWS_WITH_AS(rows.next(), Contains("t: line 1: a row of more than 64 MB"), Error);
}

// Standard input holds a text, as a pipe does.
class StandardInput {
 public:
  explicit StandardInput(const std::string& text) : before_(dup(STDIN_FILENO)) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
  }
  ~StandardInput() {
    dup2(before_, STDIN_FILENO);
    close(before_);
  }

 private:
  int before_;
};

TEST_CASE("csv: standard input") {
  TableFormat format;
  {
    const StandardInput input("a;b\n1;x\n2;y\n");
    const Table table = load_csv("-");
    format = table.format;
    CHECK(contents_of(table.data).x == std::vector<real>{1, 1, 0, 2, 0, 1});
    CHECK(table.data.name_of_row(1) == "line 3 of standard input");
  }
  {
    const StandardInput input("b;a\ny;7\n");
    TableRows rows("-", format);
    std::vector<real> values(3);
    REQUIRE(rows.next(values));
    CHECK(values == std::vector<real>{7, 0, 1});
    CHECK(rows.line() == 2);
    CHECK_FALSE(rows.next(values));
  }
  const StandardInput packed("\x1f\x8b\x08\x00 and more");
  CHECK_THROWS_WITH_AS(load_csv("-"), Contains("standard input: is packed by gzip"), Error);
}

}  // namespace
}  // namespace cambium
