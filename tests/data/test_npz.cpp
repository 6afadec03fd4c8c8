#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/npz.h"
#include "cambium/framework/data/parts/archive.h"
#include "cambium/framework/data/parts/stored_zip.h"
#include "tests/data/npy_files.h"
#include "tests/data/temp_folder.h"
#include "tests/data/zip_files.h"
#include "tests/files/faults.h"

namespace cambium {
namespace {

using cambium_tests::checksum;
using cambium_tests::literal;
using cambium_tests::low_first;
using cambium_tests::npy_bytes;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using cambium_tests::zip_bytes;
using cambium_tests::ZipEntry;
using doctest::Contains;

const std::vector<NamedArray> some_arrays = {{"x", {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}},
                                             {"y", {{2}, std::vector<std::int64_t>{1, -1}}},
                                             {"nothing", {{0, 4}, std::vector<double>()}},
                                             {"größe/one", {{}, std::vector<std::uint8_t>{9}}}};

bool same(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const NamedArray& p, const NamedArray& q) { return p.name == q.name && p.array == q.array; });
}

// Three bytes in a file of one size.
std::string three(const std::string& values = "abc") { return npy_bytes(literal("|u1", "(3,)"), values); }

TEST_CASE("npz: arrays come back as they were written") {
  const TempFolder folder;
  const std::string path = folder.file("a.npz");
  write_npz(path, some_arrays);
  CHECK(same(read_npz(path), some_arrays));
  CHECK(read_npz(path, "y") == some_arrays[1].array);
  CHECK(read_npz(path, "größe/one") == some_arrays[3].array);
  CHECK(read_npz_header(path, "x").str() == "2x3 of f32");
  const auto headers = read_npz_headers(path);
  REQUIRE(headers.size() == 4);
  CHECK(headers[2].name == "nothing");
  CHECK(headers[2].header.str() == "0x4 of f64");
  const std::string bytes = read_bytes(path);
  write_npz(path, some_arrays);
  CHECK(read_bytes(path) == bytes);
  write_npz(path, {});
  CHECK(read_npz(path).empty());
  CHECK(read_npz_headers(path).empty());
}

TEST_CASE("npz: packed members, with their checksums") {
  const TempFolder folder;
  const std::string path = folder.file("a.npz"), zeros = npy_bytes(literal("|u1", "(3000, 1000)"), std::string(3000000, '\0'));
  write_bytes(path,
              zip_bytes({{.name = "a.npy", .bytes = three(), .packed = true}, {.name = "b.npy", .bytes = zeros, .packed = true}}));
  CHECK(std::filesystem::file_size(path) < 10000);
  const auto arrays = read_npz(path);
  CHECK(arrays[0].array == NpyArray{{3}, std::vector<std::uint8_t>{'a', 'b', 'c'}});
  CHECK(arrays[1].array == NpyArray{{3000, 1000}, std::vector<std::uint8_t>(3000000)});
  CHECK_NOTHROW(read_npz(path, {.unpacked_bytes = zeros.size() + three().size()}));
  CHECK_THROWS_WITH_AS(read_npz(path, {.unpacked_bytes = zeros.size() + three().size() - 1}), Contains("a larger NpyLimits"),
                       Error);
  CHECK_NOTHROW(read_npz(path, "a", {.unpacked_bytes = 1}));
  CHECK_THROWS_WITH_AS(read_npz(path, "b", {.unpacked_bytes = 1}), Contains("unpacks to "), Error);
}

TEST_CASE("npz: large sizes, far places and many members, by the fields of zip64") {
  const TempFolder folder;
  for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{0xfffffffe}}) {
    StoredZip zip(folder.file("a"), most);
    for (const char* name : {"a.npy", "b.npy", "c.npy"}) {
      const std::string bytes = three(name[0] == 'b' ? "bbb" : "aaa");
      zip.begin(name, bytes.size(), checksum(bytes));
      zip.write(bytes.data(), bytes.size());
    }
    zip.finish();
    const auto arrays = read_npz(folder.file("a"));
    REQUIRE(arrays.size() == 3);
    CHECK(arrays[1].name == "b");
    CHECK(arrays[1].array == NpyArray{{3}, std::vector<std::uint8_t>{'b', 'b', 'b'}});
    CHECK((read_bytes(folder.file("a")).find("PK\6\6") != std::string::npos) == (most < 1000));
  }
  StoredZip zip(folder.file("many"));
  const std::string bytes = npy_bytes(literal("|u1", "()"), "1");
  for (int i = 0; i < 65600; ++i) {
    zip.begin(std::to_string(i) + ".npy", bytes.size(), checksum(bytes));
    zip.write(bytes.data(), bytes.size());
  }
  zip.finish();
  CHECK(Archive(folder.file("many")).members().size() == 65600);
  CHECK(read_npz(folder.file("many"), "65599").str() == "one of u8");
}

TEST_CASE("npz: one array can be read beside others that cannot") {
  const TempFolder folder;
  const std::string path = folder.file("a");
  write_bytes(path, zip_bytes({{.name = "x.npy", .bytes = three()},
                               {.name = "note.txt", .bytes = "hello"},
                               {.name = "objects.npy", .bytes = npy_bytes(literal("|O", "(3,)"), "abc")},
                               {.name = "secret.npy", .bytes = three(), .flags = 1},
                               {.name = "odd.npy", .bytes = three(), .method = 12}}));
  CHECK(read_npz(path, "x").str() == "3 of u8");
  const std::string start = path + ", member ";
  CHECK_THROWS_WITH_AS(read_npz(path), Contains((start + "'note.txt': its name is not that of an array").c_str()), Error);
  CHECK_THROWS_WITH_AS(read_npz(path, "objects"), Contains((start + "'objects.npy': holds Python objects").c_str()), Error);
  CHECK_THROWS_WITH_AS(read_npz(path, "secret"), Contains((start + "'secret.npy': is encrypted").c_str()), Error);
  CHECK_THROWS_WITH_AS(read_npz(path, "odd"), Contains("is packed by method 12; 0 (stored) and 8 (deflate) can be read"), Error);
  CHECK_THROWS_WITH_AS(read_npz(path, "object"),
                       Contains("has no array 'object' (did you mean 'objects'?); it has x, objects, secret, odd"), Error);
  CHECK_THROWS_WITH_AS(read_npz(path, "x.npy"), Contains("has no array 'x.npy'"), Error);
  CHECK_THROWS_AS(read_npz(path, ""), Error);
}

TEST_CASE("npz: names that cannot be written") {
  const TempFolder folder;
  const NpyArray one = {{}, std::vector<float>{1}};
  CHECK_THROWS_WITH_AS(write_npz(folder.file("b"), std::vector<NamedArray>{{"a", one}, {"a", one}}),
                       Contains("two arrays are called 'a'"), Error);
  for (const std::string name : {"", "a\n", "a\\b"})
    CHECK_THROWS_WITH_AS(write_npz(folder.file("b"), std::vector<NamedArray>{{name, one}}), Contains("the name '"), Error);
  CHECK_THROWS_WITH_AS(write_npz(folder.file("b"), std::vector<NamedArray>{{"a", {{2}, one.values}}}),
                       Contains("array 'a': cannot be written: 1 values do not fill an array of sizes 2"), Error);
  CHECK_FALSE(std::filesystem::exists(folder.file("b")));
}

TEST_CASE("npz: an archive that is cut off or damaged anywhere is refused, or is the same") {
  const TempFolder folder;
  const std::string path = folder.file("a");
  write_npz(folder.file("stored"), {some_arrays.begin() + 1, some_arrays.begin() + 2});
  const std::string stored = read_bytes(folder.file("stored"));
  const std::string packed = zip_bytes({{.name = "a.npy", .bytes = three(), .packed = true}});
  for (const std::string& whole : {stored, packed}) {
    write_bytes(path, whole);
    const auto arrays = read_npz(path);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      write_bytes(path, whole.substr(0, n));
      CHECK_THROWS_WITH_AS(read_npz(path), Contains(path.c_str()), Error);
      std::string damaged = whole;
      damaged[n] = static_cast<char>(damaged[n] ^ 0x41);
      write_bytes(path, damaged);
      try {
        const auto found = read_npz(path);  // a date, or a name, may have changed
        REQUIRE(found.size() == arrays.size());
        for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i].array == arrays[i].array);
      } catch (const Error& error) {
        CHECK(std::string(error.what()).starts_with(path));
      }
    }
  }
}

TEST_CASE("npz: what is no archive, or cannot be written") {
  const TempFolder folder;
  const std::string path = folder.file("a");
  CHECK_THROWS_WITH_AS(read_npz(folder.file("none")), Contains("No such file"), Error);
  CHECK_THROWS_WITH_AS(read_npz(folder.path()), Contains("is not a regular file but a folder"), Error);
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_npz(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  CHECK_THROWS_WITH_AS(write_npz(folder.file("no/such/folder"), some_arrays), Contains("cannot be written"), Error);
  write_npz(path, some_arrays);
  {
    cambium_tests::Faults faults({.at = 5, .error = ENOSPC});
    CHECK_THROWS_WITH_AS(write_npz(path, std::vector<NamedArray>{some_arrays[0]}), Contains("No space left"), Error);
  }
  CHECK(same(read_npz(path), some_arrays));
}

}  // namespace
}  // namespace cambium
