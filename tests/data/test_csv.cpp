#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/data/concatenated.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "tests/data/tables.h"

namespace cambium {
namespace {

using cambium_tests::Contents;
using cambium_tests::contents_of;
using cambium_tests::Dice;
using cambium_tests::Tables;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;
using Labels = CsvOptions::Labels;
using Missing = CsvOptions::Missing;
using Rows = std::vector<std::vector<std::string>>;

// A source that gives so many bytes at a time.
class Drops final : public ByteSource {
 public:
  Drops(std::string text, std::size_t most) : text_(std::move(text)), most_(most) {}
  std::size_t read(char* to, std::size_t n) override {
    n = text_.copy(to, std::min(n, most_), at_);
    at_ += n;
    return n;
  }

 private:
  std::string text_;
  std::size_t most_, at_ = 0;
};

Rows rows_of(const std::string& text, char separator = ',', std::size_t drop = 1 << 20) {
  CsvRows rows(std::make_unique<Drops>(text, drop), "t", separator);
  Rows all;
  while (rows.next()) {
    all.emplace_back();
    for (std::size_t i = 0; i < rows.size(); ++i) all.back().emplace_back(rows.text(i));
  }
  return all;
}

TEST_CASE("csv: cells as RFC 4180 has them, and what else is found in files") {
  CHECK(rows_of("a,b\r\n1,2\r\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of("a,b\n1,2") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of("a,b\r1,2\r") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of("\xef\xbb\xbf"
                "a,b\n") == Rows{{"a", "b"}});
  CHECK(rows_of("\n\n \na,b\n\n\r\n1,2\n\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of(",\n,,") == Rows{{"", ""}, {"", "", ""}});
  CHECK(rows_of("\"a,b\",\"c\nd\",\"e\"\"f\"\n") == Rows{{"a,b", "c\nd", "e\"f"}});
  CHECK(rows_of("\"\",\"\"\"\",\"\"\"\"\"\"") == Rows{{"", "\"", "\"\""}});
  CHECK(rows_of("\"\"\n\"\"\n") == Rows{{""}, {""}});
  CHECK(rows_of("a\"b,5\",c\"\"d\n") == Rows{{"a\"b", "5\"", "c\"\"d"}});
  CHECK(rows_of(" a , \"b\" ,c\n") == Rows{{" a ", "b", "c"}});
  CHECK(rows_of("a;b,c;\"d;e\"\n", ';') == Rows{{"a", "b,c", "d;e"}});
  CHECK(rows_of("a\tb c\t\t\"d\"\t\n", '\t') == Rows{{"a", "b c", "", "d", ""}});
  CHECK(rows_of("# a,b\n#1,2\n") == Rows{{"# a", "b"}, {"#1", "2"}});
  CHECK(rows_of("\xc3\xa9t\xc3\xa9,\xe4\xbd\xa0,\xf0\x9f\x8c\xb1\n") ==
        Rows{{"\xc3\xa9t\xc3\xa9", "\xe4\xbd\xa0", "\xf0\x9f\x8c\xb1"}});
  CHECK(rows_of("") == Rows{});
  CHECK(rows_of("\n\r\n  \n") == Rows{});
}

TEST_CASE("csv: lines are counted through quotes, and rows know theirs") {
  CsvRows rows(std::make_unique<Drops>("\na,\"1\r\n2\n3\r4\"\r\n\rb,c\n\nd,e", 3), "t", ',');
  std::vector<std::int64_t> lines;
  while (rows.next()) lines.push_back(rows.line());
  CHECK(lines == std::vector<std::int64_t>{2, 7, 9});
}

// Any cells, written with any of the quirks that a writer may have.
std::string made_table(Dice dice, Rows& rows) {
  std::string text;
  const std::string ends[] = {"\n", "\r\n", "\r"};
  const std::string end = ends[dice(3)];
  const int columns = 2 + static_cast<int>(dice(4)), count = static_cast<int>(dice(12));
  for (int r = 0; r < count; ++r) {
    rows.emplace_back();
    for (int c = 0; c < columns; ++c) {
      std::string cell, quoted = "\"";
      for (auto n = dice(6); n > 0; --n) cell += std::string("ab1.,;\"\n\r \t\xc3\xa9").substr(dice(11), 1);
      if (const auto odd = cell.find('\xc3'); odd != cell.npos) cell.replace(odd, cell.npos, "\xc3\xa9");
      for (const char letter : cell) quoted.append(letter == '"' ? 2 : 1, letter);
      const bool needed = cell.find_first_of(",\n\r") != cell.npos || CsvRows::trimmed(cell).substr(0, 1) == "\"";
      text += (c > 0 ? "," : "") + (needed || dice(4) == 0 ? quoted + "\"" : cell);
      rows.back().push_back(std::move(cell));
    }
    if (r + 1 < count || dice(2) == 0) text += end;
    if (dice(5) == 0 && r + 1 < count) text += end;
  }
  return text;
}

TEST_CASE("csv: what was written is read back, however the bytes come") {
  for (std::uint64_t i = 0; i < 400; ++i) {
    Rows rows;
    const std::string text = made_table({Random(7).of(i)}, rows);
    CAPTURE(text);
    for (const std::size_t drop : std::initializer_list<std::size_t>{1, 2, 3, 7, 1000}) CHECK(rows_of(text, ',', drop) == rows);
  }
  const std::string large(300000, 'x');  // more than a buffer holds
  CHECK(rows_of("a,b\n\"" + large + "\n\"," + large + "\nc,d\n", ',', 70000) ==
        Rows{{"a", "b"}, {large + "\n", large}, {"c", "d"}});
}

TEST_CASE("csv: the separator is found out") {
  CHECK(found_separator("a,b\n1,2\n", true) == ',');
  CHECK(found_separator("a;b\n1;2\n", true) == ';');
  CHECK(found_separator("a\tb\n1\t2\n", true) == '\t');
  CHECK(found_separator("a|b\n1|2\n", true) == '|');
  CHECK(found_separator("a\n1\n", true) == ',');
  CHECK(found_separator("a;b;c\n1,5;2,5;x\n", true) == ';');  // decimal commas
  CHECK(found_separator("1,5;2,5\n3,5;4,5\n", true) == ';');  // without a header as well
  CHECK(found_separator("x,a;b\ny,c;d\n", true) == ',');
  CHECK(found_separator("\"a;b;c\",d\n\"e;f;g\",h\n", true) == ',');  // in quotes
  CHECK(found_separator("a,b\n1,2\n3,4,5\n", true) == ',');           // ragged, for whoever reads it
  CHECK(found_separator("a\tb\n1\t2\n\"x", false) == '\t');           // cut off by the sample
}

// A text that looks like a number in most cases.
std::string number_like(Dice dice) {
  std::string text = dice(4) == 0 ? "-" : dice(8) == 0 ? "+" : "";
  const auto digits = [&](std::uint64_t most) {
    for (auto n = dice(most + 1); n > 0; --n) text += static_cast<char>('0' + dice(10));
  };
  digits(dice(3) == 0 ? 25 : 8);
  if (dice(3) != 0) text += '.', digits(dice(3) == 0 ? 25 : 8);
  if (dice(3) == 0) {
    text += dice(2) == 0 ? 'e' : 'E';
    text += dice(2) == 0 ? "-" : dice(2) == 0 ? "+" : "";
    text += std::to_string(dice(dice(2) == 0 ? 30 : 340));
  }
  return text;
}

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

TEST_CASE("csv: numbers have the bits that strtod gives them") {
  int numbers = 0, large = 0;
  std::string wrong;
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const std::string text = number_like({Random(3).of(i)});
    double value = 0;
    const NumberText found = read_number(text, value);
    char* end = nullptr;
    const double expected = std::strtod(text.c_str(), &end);
    const bool whole = !text.empty() && *end == '\0';
    if (found == NumberText::number) {
      ++numbers;
      if (!whole || bits_of(value) != bits_of(expected)) wrong += text + " ";
    } else if (found == NumberText::too_large) {
      ++large;
      if (!whole || !std::isinf(expected)) wrong += text + " ";
    } else if (whole) {
      wrong += text + " ";
    }
  }
  CHECK(wrong == "");
  CHECK(numbers > 80000);
  CHECK(large > 100);
}

TEST_CASE("csv: what is a number, and what is none") {
  double value = 0;
  const std::pair<const char*, double> numbers[] = {{"0", 0},
                                                    {"-0", -0.0},
                                                    {"+7", 7},
                                                    {"1.", 1},
                                                    {".5", 0.5},
                                                    {"-.5e1", -5},
                                                    {"1e22", 1e22},
                                                    {"1E-22", 1e-22},
                                                    {"007", 7},
                                                    {"1e-400", 0},
                                                    {"0e999999999999", 0},
                                                    {"9007199254740993", 9007199254740992.0},
                                                    {"0.1", 0.1},
                                                    {"123456789012345678901234567890", 123456789012345678901234567890.0}};
  for (const auto& [text, expected] : numbers) {
    const std::string told = text;
    CAPTURE(told);
    CHECK(read_number(text, value) == NumberText::number);
    CHECK(bits_of(value) == bits_of(expected));
  }
  for (const char* text : {"", " ", ".", "-", "+", "e5", "1e", "1e+", "1 ", " 1", "0x10", "1,5", "1_000", "--1", "+-1", "1.2.3",
                           "1f", "1O3", "infinite"})
    CHECK(read_number(text, value) == NumberText::none);
  for (const char* text : {"nan", "NaN", "-nan", "inf", "-Inf", "+INFINITY"})
    CHECK(read_number(text, value) == NumberText::not_finite);
  for (const char* text : {"1e309", "-1e309", "1e999999999999", "2e308"}) CHECK(read_number(text, value) == NumberText::too_large);
  for (const char* text : {"1,5", "-1.234,5", "1,234.5", "1,234"}) CHECK(has_decimal_comma(text));
  for (const char* text : {"1.5", ",5", "5,", "a,b", "1,,5", ""}) CHECK_FALSE(has_decimal_comma(text));
}

TEST_CASE("csv: numbers, categories and classes become a dataset") {
  const Tables tables;
  const Table table = tables.load("age, colour ,kind\n1.5,red,yes\n2,blue,no\n\n-3e1,\"red\",yes\n", {.label = "kind"});
  CHECK(table.data.describe() == "3 samples of 3, 2 classes");
  CHECK(table.data.class_names() == std::vector<std::string>{"no", "yes"});
  CHECK(table.format.column_names() == std::vector<std::string>{"age", "colour=blue", "colour=red"});
  CHECK(table.format.describe() == "3 columns: 1 number, 1 category; label 'kind' of 2 classes");
  const Contents all = contents_of(table.data);
  CHECK(all.x == std::vector<real>{1.5, 0, 1, 2, 1, 0, -30, 0, 1});
  CHECK(all.labels == std::vector<int>{1, 0, 1});
  CHECK(table.data.name_of_row(2) == "line 5 of " + tables.path);
  CHECK(table.data.line_of(0) == 2);
  CHECK(table.data.subset({2, 0}).name_of_row(0) == "line 5 of " + tables.path);
  const auto part = std::make_shared<Subset>(table.data.subset({2, 0}));
  CHECK(Concatenated({part, part}).name_of_row(2) == "line 5 of " + tables.path);
  CHECK(split(table.data, 1, 3).train.name_of_row(0).find("line ") != std::string::npos);
}

TEST_CASE("csv: with and without a header, and without a label") {
  const Tables tables;
  const Table bare = tables.load("1,a\n2,b\n");
  CHECK_FALSE(bare.format.header);
  CHECK(bare.format.column_names() == std::vector<std::string>{"column 1", "column 2=a", "column 2=b"});
  CHECK(bare.data.size() == 2);
  CHECK(bare.data.target_kinds().empty());
  CHECK(bare.data.line_of(0) == 1);
  CHECK(tables.load("a,b\nc,d\n", {.header = CsvHeader::no}).data.size() == 2);
  CHECK(tables.load("2019,2020\n1,2\n", {.header = CsvHeader::yes}).format.columns[1].name == "2020");
  CHECK(tables.load(",b\n1,2\n").format.columns[0].name == "column 1");
  CHECK(csv_columns(tables.path) == std::vector<std::string>{"column 1", "b"});
  CHECK(csv_columns(tables.path, {.header = CsvHeader::no}) == std::vector<std::string>{"column 1", "column 2"});
  CHECK(tables.load("a;b\n1;2\n").format.separator == ';');
  CHECK(tables.load("a:b\n1:2\n", {.separator = ':'}).format.columns.size() == 2);
  const Table by_number = tables.load("a,b,c\n1,2,3\n4,5,9\n7,8,6\n", {.label = "2", .leave_out = {"c"}});
  CHECK(by_number.format.label()->name == "b");
  CHECK(contents_of(by_number.data).x == std::vector<real>{1, 4, 7});
  CHECK(contents_of(by_number.data).y == std::vector<real>{2, 5, 8});
}

TEST_CASE("csv: whole numbers that come again are classes, others are values") {
  const Tables tables;
  const auto kind = [&](const std::string& labels, Labels want = Labels::automatic) {
    std::string text = "x,y\n";
    for (std::size_t at = 0; at < labels.size();) {
      const std::size_t end = std::min(labels.find(' ', at), labels.size());
      text += "1," + labels.substr(at, end - at) + "\n";
      at = end + 1;
    }
    const Table table = tables.load(text, {.label = "y", .labels = want});
    std::string names;
    for (const std::string& name : table.format.classes) names += name + " ";
    return names;
  };
  CHECK(kind("10 9 10 9") == "9 10 ");
  CHECK(kind("1 1.0 -2 01 -2.0 0") == "-2 0 1 ");  // the same number is the same class
  CHECK(kind("1 2 3") == "");
  CHECK(kind("1 2 3", Labels::classes) == "1 2 3 ");
  CHECK(kind("0 1 0 1", Labels::values) == "");
  CHECK(kind("0.5 1 0.5 1") == "");
  CHECK(kind("b 10 9 b 10") == "10 9 b ");  // texts are sorted as texts
  std::string many, all;
  for (int i = 0; i < 42; ++i) many += std::to_string(i % 21) + (i < 41 ? " " : "");
  CHECK(kind(many) == "");
  CHECK(std::count(many.begin(), many.end(), ' ') == 41);
  all = kind(many, Labels::classes);
  CHECK(std::count(all.begin(), all.end(), ' ') == 21);
}

TEST_CASE("csv: a column that holds many numbers after a few keeps its first ones") {
  const Tables tables;
  std::string text = "a,b,y\n";
  std::vector<real> a, y;
  for (int i = 0; i < 300; ++i) {
    a.push_back(static_cast<real>(i < 150 ? i % 3 : i) / 2);
    y.push_back(static_cast<real>(i < 150 ? i % 4 : i));
    text += std::to_string(static_cast<double>(a.back())) + "," + (i % 2 ? "u" : "v") + "," +
            std::to_string(static_cast<int>(y.back())) + "\n";
  }
  const Table table = tables.load(text, {.label = "y"});
  const Contents all = contents_of(table.data);
  CHECK(all.y == y);
  bool same = true;
  for (std::size_t i = 0; i < 300; ++i)
    same &= all.x[3 * i] == a[i] && all.x[3 * i + 1] == real(i % 2) && all.x[3 * i + 2] == real(1 - i % 2);
  CHECK(same);
}

TEST_CASE("csv: missing cells are filled, or their rows left out") {
  const Tables tables;
  const std::string text = "a,b,y\n1,u,p\nNA,v,q\n4,?,p\n7,v,q\n";
  CHECK_THROWS_WITH_AS(
      tables.load(text, {.label = "y"}),
      Contains("line 3, column 1 'a': 'NA' stands for a missing value; nor will 1 other do, in 'b', such as '?'; try .missing"),
      Error);
  const Table mean = tables.load(text, {.label = "y", .missing = Missing::mean});
  CHECK(contents_of(mean.data).x == std::vector<real>{1, 1, 0, 4, 0, 1, 4, 0, 1, 7, 0, 1});
  CHECK(mean.format.columns[0].missing_number == 4.0);
  CHECK(mean.left_out == 0);
  CHECK(mean.filled == 2);
  CHECK(mean.most_missing == "");
  CHECK(mean.format.columns[1].missing_category == "v");
  const Table number = tables.load(text, {.label = "y", .missing = Missing::number, .missing_number = -1});
  CHECK(contents_of(number.data).x == std::vector<real>{1, 0, 1, 0, -1, 0, 0, 1, 4, 1, 0, 0, 7, 0, 0, 1});
  CHECK(number.format.columns[1].categories == std::vector<std::string>{"-1", "u", "v"});
  const Table left = tables.load(text, {.label = "y", .missing = Missing::leave_out});
  CHECK(contents_of(left.data).x == std::vector<real>{1, 1, 0, 7, 0, 1});
  CHECK(contents_of(left.data).labels == std::vector<int>{0, 1});
  CHECK(left.data.line_of(1) == 5);
  CHECK(left.left_out == 2);
  CHECK(left.filled == 0);
  CHECK(left.most_missing == "a");  // of several the first
  CHECK(left.most_missing_rows == 1);
  const Table battery = tables.load("id,a,b c,y\n,1,2,p\n,,2,q\n,1,,p\n,,,q\n,3,4,\n,,5,p\n,7,8,q\n",
                                    {.label = "y", .leave_out = {"id"}, .missing = Missing::leave_out});
  CHECK(battery.left_out == 5);
  CHECK(battery.most_missing == "a");
  CHECK(battery.most_missing_rows == 3);
  CHECK(left.format.columns[0].missing_number == std::nullopt);
  const Table unlabelled = tables.load("a,y\n1,p\nNA,q\n3,\n,\n", {.label = "y", .missing = Missing::mean});
  CHECK(contents_of(unlabelled.data).x == std::vector<real>{1, 1});  // the mean of what is learnt from
  CHECK(contents_of(unlabelled.data).labels == std::vector<int>{0, 1});
  CHECK(unlabelled.left_out == 2);
  CHECK(unlabelled.most_missing == "y");  // other cells are filled
  CHECK(unlabelled.most_missing_rows == 2);
  const Table other = tables.load("a,b\n-999,1\n3,2\n", {.missing = Missing::mean, .missing_texts = {"-999"}});
  CHECK(contents_of(other.data).x == std::vector<real>{3, 1, 3, 2});
  const Table unused = tables.load("a,b,y\n1,,p\n2,,q\n", {.label = "y", .leave_out = {"b"}});
  CHECK(contents_of(unused.data).x == std::vector<real>{1, 2});
}

TEST_CASE("csv: names that are written as numbers") {
  const Tables tables;
  const Table table = tables.load("zip,x\n01234,1\n1234,2\n01234,3\n", {.categories = {"zip"}});
  CHECK(table.format.column_names() == std::vector<std::string>{"zip=01234", "zip=1234", "x"});
  CHECK(tables.load("g,x\n12a,1\n12,2\n").format.columns[0].categories == std::vector<std::string>{"12", "12a"});
}

TEST_CASE("csv: points that may stand between thousands are told, where nothing speaks against it") {
  const Tables tables;
  const auto told = [&](const std::string& cells, const CsvOptions& options = {}) {
    std::string text = "a,n\n";
    for (std::size_t at = 0, n = 0; at < cells.size(); at = std::min(cells.find(' ', at), cells.size()) + 1)
      text += cells.substr(at, cells.find(' ', at) - at) + "," + std::to_string(++n) + "\n";
    return tables.load(text, options).points_of_thousands == std::vector<std::string>{"a"};
  };
  const std::string three = "5.220 812 6.248 3 17.001 940";
  CHECK(told(three));
  CHECK(told("-5.220 -812 6.248 3 17.001 940"));
  CHECK(told(three, {.one_hot_limit = 2}));       // as a column of many numbers from the third one on
  CHECK_FALSE(told("5.220 812 6.248 3 17.001"));  // two without a point
  CHECK_FALSE(told("5.220 812 6.248 3 940"));     // two with one
  CHECK(told(three + " 1200"));                   // who types it leaves the point out here and there
  for (const char* other : {"0.220", "5.22", "5.2201", "-0.5", "1e-3"}) CHECK_FALSE(told(three + " " + other));
  CHECK(told(three, {.label = "a", .labels = CsvOptions::Labels::values}));
  CHECK(told("5.220 812 6.248 3 17.001 NA 940 NA", {.missing = Missing::mean, .one_hot_limit = 2}));
  CHECK_FALSE(told(three + " 1.220.500"));  // texts
  CHECK_FALSE(told("5.220 812 6.248 3 17.001 940 5.220 812", {.label = "a", .labels = CsvOptions::Labels::classes}));
}

TEST_CASE("csv: a number of a new row whose point may stand between thousands is told") {
  const Tables tables;
  const Table table = tables.load("a\n1001\n20000\n4711.5\n");
  const auto told = [&](const std::string& row) {
    write_bytes(tables.path, "a\n" + row + "\n");
    TableRows rows(tables.path, table.format);
    real value = 0;
    REQUIRE(rows.next({&value, 1}));
    return rows.far() && rows.far()->thousands;
  };
  for (const char* row : {"14.200", "1.001", "20.000", "+14.200", "\"14.200\"", "\"14.200 \""}) CHECK_MESSAGE(told(row), row);
  for (const char* row : {"14.2", "14.20", "14.2000", "14200", "1.5e1", "014.200", "0.900", "20.001", "-14.200", "1200.125"})
    CHECK_MESSAGE(!told(row), row);
  for (const char* with_decimals : {"a\n5.125\n20000\n", "a\n2\n20000\n"}) {  // or it is among them as it is
    const Table other = tables.load(with_decimals);
    write_bytes(tables.path, "a\n4.500\n");
    TableRows rows(tables.path, other.format);
    real value = 0;
    REQUIRE(rows.next({&value, 1}));
    CHECK_FALSE(rows.far());
  }
}

}  // namespace
}  // namespace cambium
