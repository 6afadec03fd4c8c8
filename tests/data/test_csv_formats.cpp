#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/files/parts/json.h"
#include "tests/data/tables.h"

namespace cambium {
namespace {

using cambium_tests::Contents;
using cambium_tests::contents_of;
using cambium_tests::Dice;
using cambium_tests::read_bytes;
using cambium_tests::Tables;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;
using Kind = TableFormat::Kind;
using Labels = NewRowOptions::Labels;
using Missing = CsvOptions::Missing;

constexpr bool in_double = sizeof(real) == sizeof(double);

const std::string cars = "id,power,colour,doors,kind\n1,75.5,red,2,fast\n2,,blue,4,slow\n3,90,red,4,fast\n4,60,,2,slow\n";
const CsvOptions car_options = {.label = "kind", .leave_out = {"id"}, .missing = Missing::mean};

TEST_CASE("table format: text and back, with all bits") {
  const Tables tables;
  TableFormat format = tables.load(cars, car_options).format;
  CHECK(TableFormat::from_text(format.text(), "m") == format);
  CHECK(format.text().find('\n') == std::string::npos);
  for (std::uint64_t i = 0; i < 200; ++i) {
    Dice dice{Random(5).of(i)};
    const double number = std::ldexp(static_cast<double>(dice(1u << 31)) - 1e9, static_cast<int>(dice(150)) - 100);
    if (std::abs(number) > static_cast<double>(std::numeric_limits<real>::max())) continue;
    format.columns[1].missing_number = i == 0 ? -0.0 : number;
    format.columns[2].name = "a\"\\\n\t\xc3\xa9\x7f" + std::to_string(dice(9));
    format.separator = ";\t|,"[dice(4)];
    format.header = dice(2) == 0;
    format.unknown_as_zeros = dice(2) == 0;
    const TableFormat back = TableFormat::from_text(format.text(), "m");
    CHECK(back == format);
    CHECK(std::signbit(*back.columns[1].missing_number) == std::signbit(*format.columns[1].missing_number));
  }
}

TEST_CASE("table format: the text is as it is documented to those who read it later") {
  const Tables tables;
  CHECK(tables.load("a,b,y\n1,u,p\n2,v,q\n", {.label = "y", .missing = Missing::mean, .missing_texts = {""}}).format.text() ==
        R"({"version":1,"separator":",","header":true,"columns":[{"name":"a","kind":"number","missing":1.5,"range":[1,2]},)"
        R"({"name":"b","kind":"category","categories":["u","v"],"missing":"u"},{"name":"y","kind":"label"}],)"
        R"("classes":["p","q"],"missing_texts":[""],"unknown_as_zeros":false})");
}

// The good text with one part replaced.
TEST_CASE("table format: nothing in a text is believed") {
  const std::string good = R"({"version":1,"separator":",","header":true,"columns":[{"name":"a","kind":"number","missing":1.5},)"
                           R"({"name":"b","kind":"category","categories":["u","v"],"missing":"u"},{"name":"y","kind":"label"}],)"
                           R"("classes":["p","q"],"missing_texts":[""],"unknown_as_zeros":false})";
  CHECK_NOTHROW(TableFormat::from_text(good, "m"));
  const struct {
    std::string part, by;
    const char* words;
  } wrong[] = {
      {good, "", "m: no JSON from its byte"},
      {R"("missing":1.5)", R"("range":[1])", "m: column 1 has a range that is not two numbers"},
      {R"("missing":1.5)", R"("range":[1,"2"])", "m: column 1 has a range that is not two numbers"},
      {R"("missing":1.5)", R"("range":3)", "m: column 1 has a range that is not two numbers"},
      {R"("missing":1.5)", R"("range":[2,1])", "m: column 'a': its range of numbers is none"},
      {R"("missing":1.5)", R"("range":[1,1e999])", "m: "},
      {R"("missing":"u")", R"("range":[1,2])", "m: column 'b', which is no number, has a range of numbers"},
      {good, "[]", "m: the table format is a list, not an object"},
      {good, "3", "is a number, not an object"},
      {good, std::string(100000, '['), "m: nested deeper than 16"},
      {good, "{}", "has no version"},
      {"\"version\":1", "\"version\":2", "is of version 2, and 1 is known here"},
      {"\"version\":1", "\"version\":\"1\"", "has a text as version, not a number"},
      {"\"version\":1", "\"version\":1,\"version\":1", "the name 'version' is there twice"},
      {"\"version\":1", "\"version\":1,\"more\":1", "has 8 fields, and 7 of them are known"},
      {"\"separator\":\",\"", "\"separator\":\",,\"", "has ',,' as separator, not one character"},
      {"\"separator\":\",\"", "\"separator\":\"7\"", "'7' cannot separate cells"},
      {"\"header\":true", "\"header\":1", "has a number as header, not true or false"},
      {"\"name\":\"a\"", "\"name\":\"\"", "a column has no name"},
      {"\"name\":\"a\"", "\"name\":\"b\"", "column 'b' is there twice"},
      {"\"name\":\"a\"", "\"name\":\"a\xe9\"", "no JSON from its byte"},
      {"\"name\":\"a\",", "", "m: column 1 has no name"},
      {"\"kind\":\"number\"", "\"kind\":\"numbers\"", "m: column 1 is of the kind 'numbers', which is not known here"},
      {"\"kind\":\"number\"", "\"kind\":\"left_out\"", "is a left_out and has a number for missing cells"},
      {"\"kind\":\"number\"", "\"kind\":\"category\"", "m: column 1 has no categories"},
      {"1.5}", "\"u\"}", "m: column 1 is a number and has a text for missing cells"},
      {"1.5}", "1e400}", "m: "},
      {"1.5}", "1.5,\"x\":1}", "m: column 1 has 4 fields, and 3 of them are known"},
      {"[\"u\",\"v\"]", "[]", "column 'b', a category, has no categories"},
      {"[\"u\",\"v\"]", "[\"u\",\"u\"]", "column 'b': category 'u' is there twice"},
      {"[\"u\",\"v\"]", "[\"v\",\"u\"]", "column 'b': the categories are not sorted"},
      {"[\"u\",\"v\"]", "[\"u\",3]", "m: column 2 has a number in categories, not a text"},
      {"[\"u\",\"v\"]", "{}", "m: column 2 has an object as categories, not a list"},
      {"\"missing\":\"u\"", "\"missing\":\"w\"", "column 'b' has no category 'w', which stands for missing cells"},
      {"\"kind\":\"label\"", "\"kind\":\"left_out\"", "there are classes, and no column is the label"},
      {"\"kind\":\"number\",\"missing\":1.5", "\"kind\":\"label\"", "2 columns are labels, and one can be"},
      {"[\"p\",\"q\"]", "[\"p\",\"p\"]", "class 'p' is there twice"},
      {"[\"p\",\"q\"]", "[\"p\",null]", "has null in classes, not a text"},
      {"{\"name\":\"y\",\"kind\":\"label\"}", "7", "m: column 3 is a number, not an object"},
  };
  for (const auto& [part, by, words] : wrong) {
    std::string text = good;
    text.replace(text.find(part), part.size(), by);
    const std::string told = by.substr(0, 100);
    CAPTURE(told);
    CHECK_THROWS_WITH_AS(TableFormat::from_text(text, "m"), Contains(words), Error);
  }
  for (std::size_t n = 0; n < good.size(); ++n) CHECK_THROWS_AS(TableFormat::from_text(good.substr(0, n), "m"), Error);
  CHECK_THROWS_WITH_AS(TableFormat().text(), Contains("no column is an input"), Error);
}

TEST_CASE("new rows: another separator than that of the first table is found out by the names") {
  const Tables tables;
  const TableFormat format = tables.load("age,colour,kind\n1,red,a\n2,blue,b\n", {.label = "kind"}).format;
  const std::vector<real> x = contents_of(tables.load_new("age,colour\n7,red\n", format)).x;
  for (const char* text : {"age;colour\n7;red\n", "colour\tage\nred\t7\n", "age|colour|kind\n7|red|a\n",
                           "\"age\";\"colour\"\n7;red\n", "\"colour\" ; \"age\"\n\"red\";7\n"})
    CHECK(contents_of(tables.load_new(text, format)).x == x);
  CHECK_THROWS_WITH_AS(tables.load_new("\"age\" x,colour\n7,red\n", format), Contains("line 1"), Error);
  const Table blank = tables.load(" \t\n1\tred\n2\tblue\n");  // a heading that is a blank line by other separators
  CHECK(contents_of(tables.load_new(" \t\n1\tred\n2\tblue\n", blank.format)).x == contents_of(blank.data).x);
  const TableFormat bare = tables.load("1,red\n2,blue\n").format;
  CHECK(contents_of(tables.load_new("1;red\n", bare)).x == contents_of(tables.load_new("1,red\n", bare)).x);
}

TEST_CASE("new rows: the same cells give the same values, in whatever order the columns come") {
  const Tables tables;
  const Table table = tables.load(cars, car_options);
  const TableFormat format = TableFormat::from_text(table.format.text(), "m");
  const Contents all = contents_of(table.data);
  CHECK(all.x == std::vector<real>{75.5, 0, 1, 2, static_cast<real>(75.5 + 90 + 60) / 3, 1, 0, 4, 90, 0, 1, 4, 60, 0, 1, 2});
  const auto same = [&](const std::string& text, const NewRowOptions& options = {}, bool by_place = false) {
    const TableDataset rows = tables.load_new(text, format, options);
    CHECK(contents_of(rows).x == all.x);
    CHECK(rows.by_place() == by_place);
    if (!rows.target_kinds().empty()) CHECK(contents_of(rows).labels == all.labels);
    return rows.target_kinds().size();
  };
  CHECK(same(cars) == 1);
  CHECK(same("kind,doors,power,colour\nfast,2,75.5,red\nslow,4,,blue\nfast,4,90,red\nslow,2,60,\n") == 1);
  CHECK(same("doors,colour,power\n2,red,75.5\n4,blue,NA\n4,red,90\n2,?,60\n") == 0);
  CHECK(same("doors,more,colour,power\n2,9,red,75.5\n4,9,blue,NA\n4,9,red,90\n2,9,?,60\n", {.new_columns = true}) == 0);
  CHECK(same(cars.substr(cars.find('\n') + 1), {}, true) == 1);
  CHECK(same("1,75.5,red,2\n2,,blue,4\n3,90,red,4\n4,60,,2\n", {}, true) == 0);
  CHECK(same(cars, {.labels = Labels::ignored}) == 0);
  CHECK(same("doors;colour;power\n2;red;75.5\n4;blue;NA\n4;red;90\n2;?;60\n", {.separator = ';'}) == 0);
  CHECK(tables.load_new("\n" + cars, format).name_of_row(1) == "line 4 of " + tables.path);
}

TEST_CASE("new rows: labels of numbers, values, and categories that were never seen") {
  const Tables tables;
  TableFormat format = tables.load("x,y\n1,0\n2,1\n3,0\n4,1\n", {.label = "y", .unknown_as_zeros = true}).format;
  CHECK(contents_of(tables.load_new("x,y\n5,1.0\n6,0\n", format)).labels == std::vector<int>{1, 0});
  format = tables.load("x,y\n1,0.5\n2,1.5\n", {.label = "y"}).format;
  CHECK(contents_of(tables.load_new("y,x\n7.5,6\n", format)).y == std::vector<real>{7.5});
  format = tables.load("a,b\nu,1\nv,2\n", {.unknown_as_zeros = true}).format;
  CHECK(contents_of(tables.load_new("a,b\nw,3\n", format)).x == std::vector<real>{0, 0, 3});
  format.header = false;
  CHECK(contents_of(tables.load_new("v,3\n", format)).x == std::vector<real>{0, 1, 3});
  CHECK(contents_of(tables.load_new("p,q\nv,3\n", format, {.header = CsvHeader::yes})).x == std::vector<real>{0, 1, 3});
}

TEST_CASE("new rows: what does not fit is refused by name") {
  const Tables tables;
  const TableFormat plain = tables.load("age,colour,kind\n1,red,a\n2,blue,b\n", {.label = "kind"}).format;
  const struct {
    const char *text, *words;
    NewRowOptions options = {};
  } wrong[] = {
      {"", ": is empty"},
      {"age,colour\n", ": has no rows"},
      {"agee,colour\n1,red\n", ": has no column 'age' (did you mean 'agee'?)"},
      {"kind,more\na,b\n",
       ": has no column 'age', 'colour'; try a table with the columns of the one that the model was trained on, "
       "or training without them (.leave_out = age,colour)"},
      {"AGE, Colour,x\n1,red,2\n", ": has no column 'age' (did you mean 'AGE'?), 'colour' (did you mean 'Colour'?)"},
      {"age,colour,Kind\n1,red,a\n", ": column 3 'Kind' is not known (did you mean 'kind'?)"},
      {"age:colour:kind\n1:red:a\n",
       ": has no column 'age', 'colour', only 'age:colour:kind'; try a comma or a semicolon between the cells, or .separator"},
      {"age,colour,size\n1,red,9\n", ": column 3 'size' is not known; try leaving it out, or .new_columns = true"},
      {"age,colour,size,shape\n1,red,9,8\n", ": column 3 'size' is not known (nor 1 more)"},
      {"age,colour,age\n1,red,9\n", ": line 1: columns 1 and 3 are both called 'age'"},
      {"age,colour\n1,red\n2,green\n",
       ": line 3, column 2 'colour': the category 'green' was never seen; known are 'blue', 'red'; "
       "try one of these where it is another spelling, a training with rows of it, or a table without this row"},
      {"colour,age\nred,\n", ": line 2, column 2 'age': the cell is empty; try a number there"},
      {"colour,age\n?,1\n", ": line 2, column 1 'colour': '?' stands for a missing value; try a category there"},
      {"age,colour\n1x,red\n", ": line 2, column 1 'age': '1x' is no number"},
      {"age,colour\n\"1,5\",red\n", ": line 2, column 1 'age': '1,5' has a comma in a number"},
      {"age,colour\ninf,red\n", ": line 2, column 1 'age': 'inf' is not finite"},
      {"age,colour\n1e999,red\n", ": line 2, column 1 'age': '1e999' is too large"},
      {"age,colour\n1,red\n2\n", ": line 3 has 1 cell, and 2 are needed"},
      {"age,colour,kind\n1,red,c\n",
       ": line 2, column 3 'kind': the class 'c' was never seen; known are 'a', 'b'; try one of these where it is another"},
      {"age,colour,kind\n1,red,\n", ": line 2, column 3 'kind': the label is missing; try rows with their label"},
      {"age,colour\n1,red\n", ": has no column 'kind', the label", {.labels = Labels::needed}},
      {"1,red,a,9\n",
       ": line 1 has none of the names of the columns, and 4 cells, where 3 are needed without names, or 2 without the label; try "
       "a first"},
      {"age,colour\n1,\"red\n", ": line 2, column 2: a quote is not closed"},
  };
  for (const auto& [text, words, options] : wrong) {
    const std::string told = text;
    CAPTURE(told);
    CHECK_THROWS_WITH_AS(tables.load_new(text, plain, options), Contains(words), Error);
  }
  CHECK_THROWS_WITH_AS(tables.load_new("1\n", TableFormat()), Contains("no column is an input"), Error);
}

TEST_CASE("new rows: behind a cell that says nothing the next row is read, and behind the first one that waits") {
  const Tables tables;
  const TableFormat format = tables.load("age,colour\n1,red\n2,blue\n").format;
  for (const char* text : {"age,colour\n1,green\n2,red\n,red\n4,blue\n", "1,green\n2,red\n,red\n4,blue\n"}) {
    cambium_tests::write_bytes(tables.path, text);
    TableRows rows(tables.path, format);
    std::vector<real> values(3);
    CHECK_THROWS_AS(rows.next(values), CellFault);
    CHECK(rows.next(values));
    CHECK(values == std::vector<real>{2, 0, 1});
    CHECK_THROWS_AS(rows.next(values), CellFault);
    CHECK(rows.next(values));
    CHECK(values == std::vector<real>{4, 1, 0});
    CHECK(!rows.next(values));
  }
}

TEST_CASE("new rows: cells of .id come as they are, of columns of any kind, and of such as the format does not know") {
  const Tables tables;
  const TableFormat format = tables.load("id,age,y\n1,2,a\n3,4,b\n", {.label = "y", .leave_out = {"id"}}).format;
  const auto open = [&](const std::string& text, const std::vector<std::string>& id) {
    cambium_tests::write_bytes(tables.path, text);
    return TableRows(tables.path, format, {.labels = Labels::ignored, .id = id});
  };
  std::vector<real> values(1);
  {
    TableRows rows(open("who,age,id\n \"Ann, \"\"B\"\"\" ,07,x1\n,8,\n", {"who", "id", "age"}));
    REQUIRE(rows.next(values));
    CHECK(values == std::vector<real>{7});
    CHECK(rows.id(0) == "Ann, \"B\"");
    CHECK(rows.id(1) == "x1");
    CHECK(rows.id(2) == "07");
    REQUIRE(rows.next(values));
    CHECK(rows.id(0) == "");
    CHECK(rows.id(1) == "");
  }
  {
    TableRows rows(open("5,6\n", {"id", "2"}));  // without a header, and without the label
    REQUIRE(rows.next(values));
    CHECK(rows.id(0) == "5");
    CHECK(rows.id(1) == "6");
  }
  CHECK_THROWS_WITH_AS(open("who,age\n1,2\n", {"whom"}), Contains(": .id: there is no column 'whom' (did you mean 'who'?)"), Error);
  CHECK_THROWS_WITH_AS(open("who,what,age\n1,2,3\n", {"who"}), Contains("column 2 'what' is not known"), Error);
}

TEST_CASE("new rows: the column of the first cell that was filled is told, of the last row alone") {
  const Tables tables;
  const TableFormat format = tables.load("age,colour\n1,red\n3,blue\n,red\n", {.missing = CsvOptions::Missing::mean}).format;
  cambium_tests::write_bytes(tables.path, "age,colour\n1,\n,NA\n1,red\n");
  TableRows rows(tables.path, format);
  std::vector<real> values(3);
  for (const char* column : {"colour", "age", ""}) {
    REQUIRE(rows.next(values));
    CHECK((rows.filled() == nullptr ? "" : *rows.filled()) == std::string(column));
  }
}

TEST_CASE("new rows: where no name is known, a separator that finds several cells is better than one that finds one") {
  const Tables tables;
  const TableFormat format = tables.load("Age;Colour;Kind\n1;red;a\n2;blue;b\n", {.label = "Kind"}).format;
  cambium_tests::write_bytes(tables.path, "age,colour\n1,red\n");
  CHECK_THROWS_WITH_AS(TableRows(tables.path, format), Contains("has no column 'Age' (did you mean 'age'?), 'Colour'"), Error);
  const TableFormat one = tables.load("x;y\n1;2\n3;4\n", {.label = "y"}).format;  // of which the file has as many cells
  cambium_tests::write_bytes(tables.path, "1,5\n2,5\n");
  CHECK_THROWS_WITH_AS(TableRows(tables.path, one), Contains("has no column 'x', only '1,5'"), Error);
  CHECK_THROWS_WITH_AS(TableRows(tables.path, one, {.header = CsvHeader::no}).next({}), Contains("'1,5' has a comma"), Error);
}

TEST_CASE("csv: what is written is read back") {
  const TempFolder folder;
  std::vector<real> x;
  for (std::uint64_t i = 0; i < 3000; ++i)
    x.push_back(static_cast<real>(Random(9).uniform(i) * std::pow(10.0, static_cast<double>(i % 60) - 30)));
  std::vector<int> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back(i % 3);
  const std::string path = folder.file("t.csv");
  MemoryDataset set(Shape{3}, x, labels, 3);
  set.name_classes({"a,b", "c\"d", " e\n"});
  write_csv(path, set, {"one", "two, too", "three", "kind"});
  CHECK(read_bytes(path).starts_with("one,\"two, too\",three,kind\n"));
  const Table table = load_csv(path, {.label = "kind"});
  CHECK(contents_of(table.data).x == x);
  CHECK(table.format.columns[1].name == "two, too");
  CHECK(table.data.class_names() == std::vector<std::string>{" e\n", "a,b", "c\"d"});
  std::vector<int> expected;
  for (const int label : labels) expected.push_back((label + 1) % 3);
  CHECK(contents_of(table.data).labels == expected);
  write_csv(path, MemoryDataset(Shape{3}, x, Shape{1}, {x.begin(), x.begin() + 1000}));
  CHECK(read_bytes(path).starts_with("x0,x1,x2,label\n"));
  CHECK(contents_of(load_csv(path, {.label = "label"}).data).y == std::vector<real>{x.begin(), x.begin() + 1000});
  CHECK_THROWS_WITH_AS(write_csv(path, set, {"one"}), Contains("1 names for 4 columns; try one name for each column"), Error);
  CHECK_THROWS_WITH_AS(write_csv(path, MemoryDataset(Shape{1, 3}, x, labels, 3)), Contains("samples of 1x3 are no rows"), Error);
  CHECK_THROWS_WITH_AS(write_csv(path, MemoryDataset()), Contains("there are no samples"), Error);
  CHECK_THROWS_WITH_AS(write_csv(folder.file("no/t.csv"), set), Contains("cannot be written"), Error);
}

TEST_CASE(
    "csv: the largest number is read as it is written, and what would be infinite is refused, also in many rows and new ones") {
  const Tables tables;
  constexpr real most = std::numeric_limits<real>::max();
  const std::string text = fmt::format("{}", most), above = in_double ? "1.7976931348623159e308" : "3.4028236e38";
  for (const std::size_t rows : {3u, 3000u}) {  // of few different cells, and of many
    std::string lines = "x,label\n";
    for (std::size_t i = 0; i < rows; ++i) lines += fmt::format("{},{}\n", i, i % 2);
    const Table table = tables.load(lines + text + ",0\n-" + text + ",1\n", {.label = "label"});
    const std::vector<real> x = contents_of(table.data).x;
    CHECK(x[rows] == most);
    CHECK(x[rows + 1] == -most);
    CHECK_THROWS_WITH_AS(tables.load(lines + above + ",0\n", {.label = "label"}), Contains("is too large for a number here"),
                         Error);
    CHECK(contents_of(tables.load_new("x\n" + text + "\n", table.format)).x == std::vector<real>{most});
    CHECK_THROWS_WITH_AS(tables.load_new("x\n" + above + "\n", table.format), Contains("is too large"), Error);
  }
}

TEST_CASE("csv, again: a header whose names are numbers is known by its names") {
  const Tables tables;
  const TableFormat format = tables.load("a,2020,2021\n1,2,3\n4,5,7\n", {.header = CsvHeader::yes}).format;
  CHECK(contents_of(tables.load_new("2021,a,2020\n3,1,2\n", format)).x == std::vector<real>{1, 2, 3});
  CHECK(contents_of(tables.load_new("1,2,3\n4,5,7\n", format)).x == std::vector<real>{1, 2, 3, 4, 5, 7});  // none at all
}

TEST_CASE("csv: a format knows the range of each number, and new rows tell of what is far beyond it") {
  const Tables tables;
  const Table table = tables.load("a,b,same\n-5,x,7\n31,y,7\n2.5,x,7\n");
  CHECK(table.format.columns[0].range == std::pair(-5.0, 31.0));
  CHECK_FALSE(table.format.columns[1].range);
  CHECK(table.format.columns[2].range == std::pair(7.0, 7.0));
  CHECK(TableFormat::from_text(table.format.text(), "it") == table.format);
  const auto far = [&](const std::string& row) {
    write_bytes(tables.path, "a,b,same\n" + row + "\n");
    TableRows rows(tables.path, table.format);
    std::vector<real> sample(4);
    REQUIRE(rows.next(sample));
    if (!rows.far()) return std::string();
    const auto& [column, value, least, largest, thousands] = *rows.far();
    return fmt::format("{} {} {} {}{}", column, value, least, largest, thousands ? " thousands" : "");
  };
  CHECK(far("67,x,7") == "");
  CHECK(far("-41,x,7") == "");
  CHECK(far("67.5,x,7") == "a 67.5 -5 31");
  CHECK(far("-41.5,x,7") == "a -41.5 -5 31");
  CHECK(far("0,x,7.5") == "same 7.5 7 7");
  const Table tenth = tables.load("a\n0.1\n0.1\n");
  write_bytes(tables.path, "a\n0.1\n");
  TableRows again(tables.path, tenth.format);
  std::vector<real> one(1);
  REQUIRE(again.next(one));
  CHECK_FALSE(again.far());                  // as it is rounded
  CHECK(far("1000,x,8") == "a 1000 -5 31");  // the first
  const Table filled = tables.load("a,b\n1,x\n,y\n3,x\n", {.missing = CsvOptions::Missing::number, .missing_number = -1000});
  CHECK(filled.format.columns[0].range == std::pair(1.0, 3.0));
  write_bytes(tables.path, "a,b\n,x\n");
  TableRows rows(tables.path, filled.format);
  std::vector<real> sample(static_cast<std::size_t>(filled.format.input_shape().size()));
  REQUIRE(rows.next(sample));
  CHECK_FALSE(rows.far());  // what stands for a missing cell is what it is
}

}  // namespace
}  // namespace cambium
