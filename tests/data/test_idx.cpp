#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/idx.h"
#include "tests/data/temp_folder.h"
#include "tests/files/faults.h"

namespace cambium {
namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;

const std::vector<std::vector<int>> all_sizes = {{7}, {3, 5}, {2, 3, 4}, {5, 1, 3, 2}, {70001}};

int product(const std::vector<int>& sizes) { return std::accumulate(sizes.begin(), sizes.end(), 1, std::multiplies<int>()); }

// Values that use all bytes of their type, with the extremes first.
template <class T>
IdxArray some_array(const std::vector<int>& sizes) {
  std::vector<T> values;
  for (int i = 0; i < product(sizes); ++i) {
    if constexpr (std::is_floating_point_v<T>)
      values.push_back(static_cast<T>(-1.0 / 3 + 1e5 * i));
    else
      values.push_back(static_cast<T>(0x9e3779b9u * static_cast<unsigned>(i + 1)));
  }
  values[0] = std::numeric_limits<T>::lowest();
  values[1] = std::numeric_limits<T>::max();
  return {sizes, values};
}

TEST_CASE_TEMPLATE("an array comes back as it was written", T, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, float,
                   double) {
  const TempFolder folder;
  for (const auto& sizes : all_sizes) {
    const IdxArray array = some_array<T>(sizes);
    write_idx(folder.file("raw"), array);
    write_idx(folder.file("packed.gz"), array);
    CHECK(std::filesystem::file_size(folder.file("raw")) ==
          4 + 4 * sizes.size() + sizeof(T) * static_cast<std::size_t>(product(sizes)));
    CHECK(read_bytes(folder.file("packed.gz")).substr(0, 2) == "\x1f\x8b");
    CHECK(read_idx(folder.file("raw")) == array);
    CHECK(read_idx(folder.file("packed.gz")) == array);
  }
}

TEST_CASE("the bytes of a file are those of the format") {
  const TempFolder folder;
  write_idx(folder.file("a"), {{1, 2}, std::vector<std::int16_t>{0x0102, -2}});
  CHECK(read_bytes(folder.file("a")) == std::string("\0\0\x0b\x02\0\0\0\x01\0\0\0\x02\x01\x02\xff\xfe", 16));
  write_bytes(folder.file("b"), std::string("\0\0\x0d\x01\0\0\0\x01\x3f\xc0\0\0", 12));
  CHECK(read_idx(folder.file("b")) == IdxArray{{1}, std::vector<float>{1.5f}});
  write_bytes(folder.file("c"), std::string("\0\0\x0e\x01\0\0\0\x01\xc0\x04\0\0\0\0\0\0", 16));
  CHECK(read_idx(folder.file("c")) == IdxArray{{1}, std::vector<double>{-2.5}});
  CHECK(read_idx(folder.file("a")).str() == "1x2 of i16");
  const std::pair<IdxArray, char> codes[] = {{some_array<std::uint8_t>({2}), '\x08'}, {some_array<std::int8_t>({2}), '\x09'},
                                             {some_array<std::int16_t>({2}), '\x0b'}, {some_array<std::int32_t>({2}), '\x0c'},
                                             {some_array<float>({2}), '\x0d'},        {some_array<double>({2}), '\x0e'}};
  for (const auto& [array, code] : codes) {
    write_idx(folder.file("d"), array);
    CHECK(read_bytes(folder.file("d"))[2] == code);
  }
}

TEST_CASE("packing is known by the first bytes, not by the name") {
  const TempFolder folder;
  const IdxArray array = some_array<std::int32_t>({3, 5});
  write_idx(folder.file("a.gz"), array);
  write_idx(folder.file("b"), array);
  std::filesystem::rename(folder.file("a.gz"), folder.file("packed"));
  std::filesystem::rename(folder.file("b"), folder.file("raw.gz"));
  CHECK(read_idx(folder.file("packed")) == array);
  CHECK(read_idx(folder.file("raw.gz")) == array);
}

TEST_CASE("a file that packs as well as anything can is not taken for a lie") {
  const TempFolder folder;
  const IdxArray array = {{10, 1000, 1000}, std::vector<std::int8_t>(10000000)};
  write_idx(folder.file("a.gz"), array);
  CHECK(std::filesystem::file_size(folder.file("a.gz")) < 10000);
  CHECK(read_idx(folder.file("a.gz")) == array);
}

TEST_CASE("a file that is cut off anywhere is refused") {
  const TempFolder folder;
  const std::string path = folder.file("cut");
  for (const char* name : {"whole", "whole.gz"}) {
    write_idx(folder.file(name), some_array<std::int16_t>({3, 2}));
    const std::string whole = read_bytes(folder.file(name));
    for (std::size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      write_bytes(path, whole.substr(0, n));
      CHECK_THROWS_WITH_AS(read_idx(path), Contains(path.c_str()), Error);
    }
    write_bytes(path, whole);
    CHECK_NOTHROW(read_idx(path));
  }
  write_idx(folder.file("big.gz"), some_array<std::int32_t>({70001}));
  const std::string big = read_bytes(folder.file("big.gz"));
  for (const std::size_t n : {big.size() / 3, big.size() / 2, big.size() - 9, big.size() - 8, big.size() - 4, big.size() - 1}) {
    CAPTURE(n);
    write_bytes(path, big.substr(0, n));
    CHECK_THROWS_WITH_AS(read_idx(path), Contains("its gzip data is cut off"), Error);
  }
}

TEST_CASE("zeros that fill up the last block behind packed data are no data") {
  const TempFolder folder;
  const auto array = some_array<std::int32_t>({50});
  write_idx(folder.file("a.gz"), array);
  for (const std::size_t zeros : {1, 511, 70000}) {
    CAPTURE(zeros);
    const std::string path = folder.file("filled.gz"), filled = read_bytes(folder.file("a.gz")) + std::string(zeros, '\0');
    write_bytes(path, filled);
    CHECK(read_idx(path) == array);
    write_bytes(path, filled + "x");
    CHECK_THROWS_WITH_AS(read_idx(path), Contains("its gzip data is"), Error);
  }
}

TEST_CASE("damage to packed data is found") {
  const TempFolder folder;
  write_idx(folder.file("a.gz"), some_array<std::int32_t>({5000}));
  const std::string whole = read_bytes(folder.file("a.gz"));
  for (const std::size_t at : {whole.size() / 2, whole.size() - 6, whole.size() - 2}) {  // values, checksum, length
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    write_bytes(folder.file("b"), damaged);
    CHECK_THROWS_AS(read_idx(folder.file("b")), Error);
  }
}

TEST_CASE("what is no file, or cannot be written") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(read_idx(folder.file("nothing")), Contains("No such file"), Error);
  CHECK_THROWS_WITH_AS(read_idx(folder.path()), Contains("is not a regular file but a folder"), Error);
  const IdxArray array = some_array<float>({3});
  CHECK_THROWS_WITH_AS(write_idx(folder.file("no/such/folder"), array), Contains("cannot be written"), Error);
  CHECK_THROWS_WITH_AS(write_idx(folder.file("a"), {{4}, array.values}), Contains("3 values do not fill an array of sizes 4;"),
                       Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{}, array.values}), Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{1, 1, 1, 1, 3}, array.values}), Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{-1, -3}, array.values}), Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{3, 0}, array.values}), Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{0}, std::vector<float>()}), Error);
  CHECK_THROWS_AS(write_idx(folder.file("a"), {{65536, 65536, 65536, 65536}, std::vector<float>()}), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file is replaced as a whole, and nothing stays beside it") {
  const TempFolder folder;
  write_idx(folder.file("a"), some_array<float>({300}));
  write_idx(folder.file("a"), some_array<std::int8_t>({3}));
  CHECK(read_idx(folder.file("a")) == some_array<std::int8_t>({3}));
  std::filesystem::create_directory(folder.file("taken"));
  CHECK_THROWS_WITH_AS(write_idx(folder.file("taken"), some_array<float>({3})), Contains("is not a regular file but a folder"),
                       Error);
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) static_cast<void>(entry), ++entries;
  CHECK(entries == 2);
}

TEST_CASE("a pipe is refused, and nobody waits for it") {
  const TempFolder folder;
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_idx(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  CHECK_THROWS_WITH_AS(read_idx_header(folder.file("pipe")), Contains("is not a regular file but a pipe"), Error);
  CHECK_THROWS_WITH_AS(write_idx(folder.file("pipe"), some_array<float>({3})), Contains("is not a regular file but a pipe"), Error);
  std::filesystem::create_symlink("pipe", folder.file("link"));
  CHECK_THROWS_WITH_AS(read_idx(folder.file("link")), Contains("is not a regular file but a pipe"), Error);
}

TEST_CASE("a packed file may unpack to so much and no more") {
  const TempFolder folder;
  const IdxArray array = {{1000, 1000}, std::vector<float>(1000000)};
  write_idx(folder.file("a.gz"), array);
  CHECK(read_idx(folder.file("a.gz"), {.unpacked_bytes = 4000000}) == array);
  CHECK_THROWS_WITH_AS(read_idx(folder.file("a.gz"), {.unpacked_bytes = 3999999}),
                       Contains("bytes, and 3999999 bytes are allowed; try a larger IdxLimits::unpacked_bytes"), Error);
  write_idx(folder.file("a"), array);  // what is not packed takes no more than it is long
  CHECK(read_idx(folder.file("a"), {.unpacked_bytes = 1}) == array);
}

TEST_CASE("the header alone") {
  const TempFolder folder;
  write_idx(folder.file("a.gz"), some_array<std::int16_t>({5, 1, 3, 2}));
  const IdxHeader header = read_idx_header(folder.file("a.gz"));
  CHECK(header.type == "i16");
  CHECK(header.sizes == std::vector<int>{5, 1, 3, 2});
  CHECK(header.str() == "5x1x3x2 of i16");
  write_bytes(folder.file("b"), "no header");
  CHECK_THROWS_WITH_AS(read_idx_header(folder.file("b")), Contains("begins with bytes 6e 6f"), Error);
}

TEST_CASE("whatever call fails while a file is written: the old file or the new one, and nothing beside it") {
  const TempFolder folder;
  const IdxArray before = some_array<std::int8_t>({3}), after = some_array<std::int32_t>({70001});
  for (const std::string& path : {folder.file("a"), folder.file("a.gz")}) {
    using cambium_tests::Faults;
    write_idx(path, before);
    std::vector<std::string> calls;
    {
      Faults faults({.interrupt = true});
      write_idx(path, after);
      calls = faults.calls();
    }
    CHECK(std::count(calls.begin(), calls.end(), "fsync") == 2);  // file and folder
    CHECK(read_idx(path) == after);
    int refused = 0;
    for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
      write_idx(path, before);
      std::string said;
      {
        Faults faults({.at = at, .error = ENOSPC});
        try {
          write_idx(path, after);
        } catch (const Error& error) {
          said = error.what();
        }
      }
      CAPTURE(calls[static_cast<std::size_t>(at)]);
      if (said.empty() || said.find("is written, but") != std::string::npos) {
        CHECK(read_idx(path) == after);
      } else {
        CHECK(read_idx(path) == before);
        CHECK(said.starts_with(path + ": "));
        CHECK(said.find("No space left on device") != std::string::npos);
        ++refused;
      }
    }
    CHECK(refused >= static_cast<int>(calls.size()) - 6);
    std::filesystem::remove(path);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

}  // namespace
}  // namespace cambium
