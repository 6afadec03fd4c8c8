#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/npy.h"
#include "tests/data/npy_files.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::literal;
using cambium_tests::npy_bytes;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;

// Values that use all bytes of their type, with the extremes first.
template <class T>
NpyArray some_array(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<T>)
      values.push_back(static_cast<T>(-1.0 / 3 + 1e5 * static_cast<double>(i)));
    else
      values.push_back(static_cast<T>(0x9e3779b97f4a7c15u * static_cast<std::uint64_t>(i + 1)));
  }
  if (count > 1) values[0] = std::numeric_limits<T>::lowest(), values[1] = std::numeric_limits<T>::max();
  return {sizes, values};
}

void write_gzip(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

TEST_CASE_TEMPLATE("npy: an array comes back as it was written", T, std::uint8_t, std::int8_t, std::int16_t, std::uint16_t,
                   std::int32_t, std::uint32_t, std::int64_t, float, double) {
  const TempFolder folder;
  const std::vector<std::vector<std::int64_t>> all_sizes = {{},  {7},       {3, 5}, {2, 3, 4}, {5, 1, 3, 2}, {1, 2, 1, 2, 1, 2, 1},
                                                            {0}, {3, 0, 5}, {70001}};
  for (const auto& sizes : all_sizes) {
    const NpyArray array = some_array<T>(sizes);
    write_npy(folder.file("a"), array);
    CHECK(read_npy(folder.file("a")) == array);
    const std::string bytes = read_bytes(folder.file("a"));
    const std::size_t values = std::get<std::vector<T>>(array.values).size() * sizeof(T);
    CHECK((bytes.size() - values) % 64 == 0);
    write_gzip(folder.file("b"), bytes);
    CHECK(read_npy(folder.file("b")) == array);
    CHECK(read_npy_header(folder.file("b")).str() == array.str());
  }
  write_npy(folder.file("a"), {std::vector<std::int64_t>(32, 1), std::vector<T>{1}});
  CHECK(read_npy(folder.file("a")).sizes.size() == 32);
}

TEST_CASE("npy: the bytes of a file are those that numpy writes") {
  const TempFolder folder;
  write_npy(folder.file("a"), {{1, 2}, std::vector<std::int16_t>{0x0102, -2}});
  CHECK(read_bytes(folder.file("a")) == std::string("\x93NUMPY\1\0v\0", 10) +
                                            "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }" + std::string(58, ' ') +
                                            "\n\x02\x01\xfe\xff");
  CHECK(read_npy(folder.file("a")).str() == "1x2 of i16");
  write_npy(folder.file("b"), {{}, std::vector<double>{-2.5}});
  CHECK(read_bytes(folder.file("b")) == std::string("\x93NUMPY\1\0v\0", 10) +
                                            "{'descr': '<f8', 'fortran_order': False, 'shape': (), }" + std::string(62, ' ') +
                                            std::string("\n\0\0\0\0\0\0\x04\xc0", 9));
  CHECK(read_npy(folder.file("b")).str() == "one of f64");
  const std::pair<NpyArray, const char*> codes[] = {
      {some_array<std::uint8_t>({2}), "'|u1'"}, {some_array<std::int8_t>({2}), "'|i1'"},
      {some_array<std::int16_t>({2}), "'<i2'"}, {some_array<std::uint16_t>({2}), "'<u2'"},
      {some_array<std::int32_t>({2}), "'<i4'"}, {some_array<std::uint32_t>({2}), "'<u4'"},
      {some_array<std::int64_t>({2}), "'<i8'"}, {some_array<float>({2}), "'<f4'"},
      {some_array<double>({2}), "'<f8'"}};
  for (const auto& [array, code] : codes) {
    write_npy(folder.file("c"), array);
    CHECK(read_bytes(folder.file("c")).substr(20, 5) == code);
  }
}

TEST_CASE("npy: every type, with the low or the high byte first, in every version") {
  const TempFolder folder;
  const auto read = [&](const std::string& type, const std::string& values, int version) {
    write_bytes(folder.file("a"), npy_bytes(literal(type, "(1,)"), values, version));
    return read_npy(folder.file("a"));
  };
  using namespace std::string_literals;
  for (const int version : {1, 2, 3}) {
    CHECK(read("|u1", "\xfe", version) == NpyArray{{1}, std::vector<std::uint8_t>{254}});
    CHECK(read("<u1", "\xfe", version) == NpyArray{{1}, std::vector<std::uint8_t>{254}});
    CHECK(read("|i1", "\xfe", version) == NpyArray{{1}, std::vector<std::int8_t>{-2}});
    CHECK(read("|b1", "\x01", version) == NpyArray{{1}, std::vector<std::int8_t>{1}});
    CHECK(read("|b1", "\x80", version) == NpyArray{{1}, std::vector<std::int8_t>{1}});
    CHECK(read("|b1", "\0"s, version) == NpyArray{{1}, std::vector<std::int8_t>{0}});
    const std::pair<NpyArray, std::string> both[] = {{{{1}, std::vector<std::int16_t>{-2}}, "i2\xff\xfe"},
                                                     {{{1}, std::vector<std::uint16_t>{0xff01}}, "u2\xff\x01"},
                                                     {{{1}, std::vector<std::int32_t>{0x01020304}}, "i4\1\2\3\4"},
                                                     {{{1}, std::vector<std::uint32_t>{0xff020304}}, "u4\xff\2\3\4"},
                                                     {{{1}, std::vector<std::int64_t>{0x0102030405060708}}, "i8\1\2\3\4\5\6\7\10"},
                                                     {{{1}, std::vector<float>{1.5f}}, "f4\x3f\xc0\0\0"s},
                                                     {{{1}, std::vector<double>{-2.5}}, "f8\xc0\x04\0\0\0\0\0\0"s}};
    for (const auto& [array, bytes] : both) {
      const std::string type = bytes.substr(0, 2), high = bytes.substr(2);
      CHECK(read(">" + type, high, version) == array);
      CHECK(read("<" + type, {high.rbegin(), high.rend()}, version) == array);
    }
  }
  const NpyArray nan = read("<f4", "\0\0\xc0\x7f"s, 1);
  CHECK(std::isnan(std::get<std::vector<float>>(nan.values)[0]));
}

TEST_CASE("npy: every way to write the same header") {
  const TempFolder folder;
  const char* const headers[] = {
      "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
      "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}",
      "{'shape':(2,3),'fortran_order':False,'descr':'<i4'}",
      " \t\n{ 'fortran_order' : False , \"descr\" : \"<i4\" ,\r\n 'shape' : ( 2 , 3 , ) , } \n\n ",
      "{'descr': '<i4', 'fortran_order': False, 'shape': (2L, 3L), }",
      "{'descr': '<i4', 'shape': (2, 3), 'fortran_order': False, }",
  };
  for (const char* header : headers) {
    write_bytes(folder.file("a"), npy_bytes(header, std::string(24, '\1')));
    CAPTURE(header);
    CHECK(read_npy(folder.file("a")) == NpyArray{{2, 3}, std::vector<std::int32_t>(6, 0x01010101)});
  }
  write_bytes(folder.file("a"), npy_bytes("{'descr': '<i4', 'fortran_order': True, 'shape': (1, 3, 1), }", std::string(12, '\1')));
  CHECK(read_npy(folder.file("a")).str() == "1x3x1 of i32");  // the same in either order
}

TEST_CASE("npy: a file that is cut off anywhere, or goes on, is refused") {
  const TempFolder folder;
  const std::string path = folder.file("cut");
  write_npy(folder.file("whole"), some_array<std::int16_t>({3, 2}));
  const std::string whole = read_bytes(folder.file("whole"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    write_bytes(path, whole.substr(0, n));
    CHECK_THROWS_WITH_AS(read_npy(path), Contains((path + ": ").c_str()), Error);
  }
  write_bytes(path, whole + "x");
  CHECK_THROWS_WITH_AS(read_npy(path),
                       Contains("3x2 values of 2 bytes with their header are 140 bytes, and the file has 141: 1 too"), Error);
  write_gzip(folder.file("packed"), whole);
  const std::string packed = read_bytes(folder.file("packed"));
  for (std::size_t n = 0; n < packed.size(); ++n) {
    CAPTURE(n);
    write_bytes(path, packed.substr(0, n));
    CHECK_THROWS_WITH_AS(read_npy(path), Contains((path + ": ").c_str()), Error);
  }
  write_gzip(path, whole + "x");
  CHECK_THROWS_WITH_AS(read_npy(path), Contains("goes on after the 3x2 values of 2 bytes"), Error);
  write_gzip(path, whole.substr(0, whole.size() - 1));
  CHECK_THROWS_WITH_AS(read_npy(path), Contains("ends after 11 of 12 bytes"), Error);
}

TEST_CASE("npy: what is no file, or cannot be written") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(read_npy(folder.file("nothing")), Contains("No such file"), Error);
  CHECK_THROWS_WITH_AS(read_npy(folder.path()), Contains("is not a regular file but a folder"), Error);
  const NpyArray array = some_array<float>({3});
  CHECK_THROWS_WITH_AS(write_npy(folder.file("no/such/folder"), array), Contains("cannot be written"), Error);
  CHECK_THROWS_WITH_AS(write_npy(folder.file("a"), {{4}, array.values}), Contains("3 values do not fill an array of sizes 4;"),
                       Error);
  CHECK_THROWS_AS(write_npy(folder.file("a"), {{}, array.values}), Error);
  CHECK_THROWS_AS(write_npy(folder.file("a"), {{-1, -3}, array.values}), Error);
  CHECK_THROWS_AS(write_npy(folder.file("a"), {{3, 0}, array.values}), Error);
  CHECK_THROWS_AS(write_npy(folder.file("a"), {{std::int64_t{1} << 32, std::int64_t{1} << 32}, std::vector<float>()}), Error);
  CHECK_THROWS_AS(write_npy(folder.file("a"), {std::vector<std::int64_t>(33, 1), std::vector<float>{1}}), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_npy(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  CHECK_THROWS_WITH_AS(read_npy_header(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  CHECK_THROWS_WITH_AS(write_npy(folder.file("pipe"), array), Contains("is not a regular file but a pipe"), Error);
}

}  // namespace
}  // namespace cambium
