#include <string>
#include <utility>

#include "tests/hostile/files.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

// A raw file with this header and so many bytes of values.
std::string file_of(std::string header, std::size_t bytes) { return std::move(header) + std::string(bytes, 'x'); }

std::vector<HostileFile> raw_files() {
  return {
      {"", "0 bytes are no IDX file"},
      {std::string("\0\0\x08", 3), "3 bytes are no IDX file"},
      {"PK\x03\x04 and more", "begins with bytes 50 4b"},
      {file_of(std::string("\0\0\x0a\x01\0\0\0\x03", 8), 3), "number type 0x0a"},
      {file_of(std::string("\0\0\x08\0", 4), 10), "an array of 0 sizes"},
      {file_of(std::string("\0\0\x08\x05\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01", 24), 1), "an array of 5 sizes"},
      {std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0", 14), "ends inside its header, which should give 3 sizes"},
      {file_of(std::string("\0\0\x08\x02\0\0\0\x03\0\0\0\0", 12), 3), "size 1 is 0"},
      {file_of(std::string("\0\0\x08\x01\x80\0\0\0", 8), 3), "size 0 is 2147483648"},
      {file_of(std::string("\0\0\x08\x01\xff\xff\xff\xff", 8), 3), "size 0 is 4294967295"},
      {file_of(std::string("\0\0\x08\x01\x7f\xff\xff\xff", 8), 3), "promises 2147483647 values of 1 bytes, and a file of 11 bytes"},
      {std::string("\0\0\x08\x04\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0", 20), "promises 65536x65536x65536x65536 values"},
      {file_of(std::string("\0\0\x0e\x02\0\0\0\x02\0\0\0\x02", 12), 31), "cannot hold them"},
      {file_of(std::string("\0\0\x0e\x02\0\0\0\x02\0\0\0\x02", 12), 33), "are 44 bytes, and the file has 45: 1 too many"},
      {std::string("\0\0\x08\xff", 4) + std::string(255 * 4, '\1'), "an array of 255 sizes"},
      {std::string("\0\0\x08\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00", 16), "promises 65536x65536x65536 values"},
      {std::string("\0\0\x0e\x04\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 20), "promises 1x1x1x1 values of 8 bytes, and a file of 20"},
      {std::string("\1\0\x08\x01\0\0\0\x03xyz", 11), "begins with bytes 01 00"},
      {std::string("\0\0\0\x01\0\0\0\x03xyz", 11), "number type 0x00"},
      {std::string("\0\0\xff\x01\0\0\0\x03xyz", 11), "number type 0xff"},
      {file_of(std::string("\0\0\x08\x01\0\x40\0\0", 8), 4194305), ": 1 too many", "4 MB of values, and a byte more"},
  };
}

std::vector<HostileFile> packed_files() {
  const std::string three("\0\0\x08\x01\0\0\0\x03", 8), two_gb("\0\0\x08\x01\x7f\xff\xff\xff", 8),
      doubles("\0\0\x0e\x01\0\x08\0\0", 8), limit("\0\0\x08\x01\x01\0\0\0", 8), zeros(1 << 20, '\0');
  const std::string good = gzip_of(three + "\1\2\3");
  const auto changed = [&](std::size_t from_end, char by) {
    std::string file = good;
    file[file.size() - from_end] = static_cast<char>(file[file.size() - from_end] ^ by);
    return file;
  };
  constexpr std::int64_t megabyte = 1 << 20;
  return {
      {good + "and more", "gzip data is damaged (incorrect header check)", "gzip, and text behind it"},
      {gzip_of(three + "\1\2\3\4"), "goes on after the 3 values", "gzip of one value too many"},
      {good + gzip_of("\4"), "goes on after the 3 values", "gzip of two parts, the second of them too many"},
      {gzip_of(three + "\1\2"), "ends after 2 of 3 bytes", "gzip of one value too few"},
      {gzip_of(three.substr(0, 6)), "ends inside its header", "gzip of half a header"},
      {gzip_of("hello"), "begins with bytes 68 65", "gzip of a text"},
      {gzip_of(""), "0 bytes are no IDX file", "gzip of nothing"},
      {gzip_of(good), "begins with bytes 1f 8b", "gzip in gzip"},
      {gzip_of(two_gb + "\1\2"), "promises 2147483647 values of 1 bytes, and a gzip file of ", "gzip that cannot hold so much"},
      {changed(8, 1), "gzip data is damaged (incorrect data check)", "gzip with another checksum"},
      {changed(1, 1), "gzip data is damaged (incorrect length check)", "gzip with another length"},
      {changed(12, 64), "gzip data is damaged", "gzip with a damaged block"},
      {good.substr(0, good.size() - 1), "its gzip data is cut off", "gzip without its last byte"},
      {good.substr(0, good.size() - 8), "its gzip data is cut off", "gzip without checksum and length"},
      {good.substr(0, 10), "its gzip data is cut off", "the header of gzip alone"},
      {"\x1f\x8b", "its gzip data is cut off", "the first two bytes of gzip"},
      {std::string("\x1f\x8b\x09", 3) + good.substr(3), "unknown compression method", "gzip of another method"},
      {gzip_bomb(three + "\1\2\3", zeros, 1000), "goes on after the 3 values", "a gigabyte of zeros behind three values", megabyte},
      {gzip_bomb(two_gb, zeros, 2100), "and 16777216 bytes are allowed", "two gigabytes of zeros, as the header says", megabyte},
      {gzip_bomb(doubles, zeros, 1000), "goes on after the 524288 values", "a gigabyte of zeros behind 4 MB of them", 9 * megabyte},
      {gzip_bomb(limit, zeros, 1000), "goes on after the 16777216 values", "a gigabyte of zeros behind 16 MB of them",
       33 * megabyte},
      {gzip_of(limit + noise(30000)), "ends after 30000 of 16777216 bytes", "gzip that holds less than it could", megabyte},
      {gzip_of(doubles + noise(9000)), "ends after 9000 of 4194304 bytes", "gzip of a few doubles of many", megabyte},
  };
}

}  // namespace

HostileFiles hostile_idx() {
  HostileFiles all = {"idx", raw_files()};
  for (HostileFile& file : packed_files()) all.files.push_back(std::move(file));
  return all;
}

}  // namespace cambium_tests
