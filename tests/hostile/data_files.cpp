// Records of CIFAR, names of classes, tables and their formats.
#include <string>

#include "tests/hostile/files.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

constexpr std::int64_t megabyte = 1 << 20;

// A record begins with these labels.
std::string record(const std::string& labels) { return labels + std::string(3072, '\x7f'); }

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

HostileFiles hostile_cifar10() {
  const std::string good = record("\1") + record("\2"), packed = gzip_of(good);
  return {
      "cifar10",
      {{"", "test_batch.bin: has no records"},
       {"\1", "1 bytes are 0 records of 3073 bytes, and 1 bytes more"},
       {good.substr(0, 6000), "6000 bytes are 1 records of 3073 bytes, and 2927 bytes more", "a record that is cut off"},
       {good + "\3", "6147 bytes are 2 records of 3073 bytes, and 1 bytes more", "a byte behind the records"},
       {record("\1\2"), "3074 bytes are 1 records of 3073 bytes, and 1 bytes more", "a record of CIFAR-100"},
       {record("\1") + record("\x0a"), "record 1 has label 10, and 10 classes have labels from 0 to 9", "a label too large"},
       {record("\xff"), "record 0 has label 255", "the largest byte as label"},
       {gzip_of(good.substr(0, 6000)), "ends after 2927 of the 3073 bytes of record 1", "gzip of a record that is cut off"},
       {gzip_of(""), "has no records", "gzip of nothing"},
       {packed.substr(0, packed.size() - 1), "its gzip data is cut off", "gzip without its last byte"},
       {packed + "xx", "its gzip data is damaged (incorrect header check)", "gzip, and a byte behind it"},
       {gzip_of(packed), "ends after ", "gzip in gzip"},
       {gzip_bomb(good, std::string(1 << 20, '\x0a'), 1000), "record 2 has label 10", "a gigabyte behind two records", megabyte},
       {gzip_bomb("", repeated(record("\1"), 2000), 3) + "x", "its gzip data is damaged",
        "18 MB of records, and then a wrong checksum"}}};
}

HostileFiles hostile_cifar100() {
  return {"cifar100",
          {{record("\1"), "3073 bytes are 0 records of 3074 bytes, and 3073 bytes more", "a record of CIFAR-10"},
           {record("\1\2") + record("\x14\2"), "train.bin: record 1 has label 20, and 20 classes", "a coarse label too large"},
           {record("\1\x64"), "train.bin: record 0 has label 100, and 100 classes", "a fine label too large"}}};
}

HostileFiles hostile_class_names() {
  return {"class_names",
          {{"", "batches.meta.txt: has 0 names, and there are 10 classes"},
           {"a\nb\n", "has 2 names, and there are 10 classes"},
           {repeated("a\n", 11), "has 11 names, and there are 10 classes"},
           {repeated("a\n", 9) + "\x1b]0;gone\x07\n", "name 9, '\\x1b]0;gone\\x07', cannot be printed",
            "a name that renames the terminal"},
           {repeated("a\n", 9) + "\xe2\x80\xae"
                                 "reversed\n",
            "name 9, '\\u{202e}reversed', cannot be printed", "a name that turns the line around"},
           {repeated("a\n", 9) + "\xff\n", "name 9, '\\xff', cannot be printed", "a name that is no UTF-8"},
           {repeated("a\n", 9) + std::string("b\0c\n", 4), "name 9, 'b\\x00c', cannot be printed", "a name with a zero byte"},
           {repeated("a\n", 9) + std::string(1 << 17, 'n'), "is too long for names of classes", "a name of 128 KB"},
           {gzip_bomb("", std::string(1 << 20, 'n'), 1000), "is too long for names of classes", "a gigabyte as a name", megabyte}}};
}

HostileFiles hostile_csv() {
  using namespace std::string_literals;
  const std::string wide = repeated(",", 1000000), many = "x\n" + repeated("1\n", 5000);
  return {"csv",
          {{"", ": is empty; try a table with a header and rows"},
           {"\xef\xbb\xbf", ": is empty", "a mark of UTF-8 alone"},
           {"a,b\n1,\"2\n3,4\n", ": line 2, column 2: a quote is not closed; try another quote"},
           {"a,b\n1,\"" + std::string(1 << 21, 'x'), ": line 2, column 2: a quote is not closed",
            "a quote that is not closed for 2 MB"},
           {"a,b\n\"1\"x,2\n", ": line 2, column 1: text after a closing quote"},
           {"a,b\n1,caf\xe9\n", ": line 2, column 2: 'caf\\xe9' is not UTF-8; try saving the file as UTF-8"},
           {"a,b\n1,\xed\xa0\x80\n", ": line 2, column 2: '\\xed\\xa0\\x80' is not UTF-8"},
           {"a,b\n1,2\n3,\0\n"s, ": line 3, column 2: a zero byte"},
           {"a,b\n1,2\n3,\"\0\"\n"s, ": line 3, column 2: a zero byte"},
           {"\xff\xfe"
            "a\0,\0"s,
            ": is written in UTF-16; try saving it as UTF-8 (iconv"},
           {"\xfe\xff\0a\0,"s, ": is written in UTF-16; try saving it as UTF-8 (iconv"},
           {"PK\x03\x04 and more", ": is a zip file, perhaps of a spreadsheet"},
           {"\x1f\x8b and more", "its gzip data is damaged"},
           {wide, ": line 1 has more than 100000 cells", "a million columns"},
           {repeated("9,", 1000000), ": line 1 has more than 100000 cells", "a million numbers in a row"},
           {repeated(",", 99999) + "\n" + repeated(",", 99999) + "\n", ": line 2, column 1 'column 1': the cell is empty",
            "99,999 columns without names"},
           {"a,b\n1,2\n" + repeated(",", 99999), ": line 3 has 100000 cells, and 2 are needed", "a row of commas alone"},
           {"a\n\x1b[2J\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "'\\x1b[2J' is no number", "a cell that clears the screen"},
           {"\x1b[2J,b\n1\n", ": line 2 has 1 cell, and 2 are needed", "a heading that clears the screen"},
           {"\x1b[2J,\x1b[2J\n1,2\n", ": line 1: columns 1 and 2 are both called '\\x1b[2J'"},
           {std::string(100000, 'n') + ",b\n,2\n", ": line 2, column 1 'nnn", "a name of 100 KB"},
           {"a\n" + std::string(100000, '9') + "\n", "is too large for a number here", "a number of 100,000 digits"},
           {"a\n1e99999999999999999999\n", "'1e99999999999999999999' is too large"},
           {gzip_of(many).substr(0, 20), "its gzip data is cut off", "gzip that is cut off"},
           {gzip_of(gzip_of("a,b\n1,2\n")), ": is packed by gzip", "gzip in gzip"},
           {gzip_bomb("a,b\n1,2\n", std::string(1 << 20, '\0'), 1000), ": line 3, column 1: a zero byte", "a gigabyte of zeros"},
           {gzip_bomb("a,b\n\"", std::string(1 << 20, 'x'), 1000), "more than 4194304 bytes are packed in it",
            "a gigabyte in quotes", 18 * megabyte},
           {gzip_bomb("a,b\n", repeated("1,2\n", 1 << 18), 1000), "more than 4194304 bytes are packed in it",
            "a gigabyte of numbers"}}};
}

HostileFiles hostile_table_formats() {
  const auto with = [](const std::string& columns,
                       const std::string& more = R"("classes":[],"missing_texts":[""],"unknown_as_zeros":false)") {
    return R"({"version":1,"separator":",","header":true,"columns":[)" + columns + "]," + more + "}";
  };
  return {"table_format",
          {{"", "the file: no JSON from its byte "},
           {"[]", "the file: the table format"},
           {"{\"version\":1", "no JSON from its byte"},
           {"{\"version\":1}x", "no JSON from its byte"},
           {"{}", "the file: the table format has no version"},
           {R"({"version":2})", "is of version 2, and 1 is known here"},
           {R"({"version":"1"})", "a text"},
           {R"({"version":1e999})", "the number '1e999' is too large"},
           {R"({"version":1,"version":1})", "the name 'version' is there twice"},
           {R"({"version":1,"separator":"ab"})", "has 'ab' as separator, not one character"},
           {R"({"version":1,"separator":"\u001b[2J"})", "has '\\x1b[2J' as separator, not one character"},
           {std::string(100000, '['), "nested deeper than 16"},
           {repeated("{\"a\":", 100000), "nested deeper than 16"},
           {with("7"), "the file"},
           {with("{}"), "the file"},
           {with(""), "the file"}}};
}

}  // namespace cambium_tests
