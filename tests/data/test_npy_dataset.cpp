#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/npy_dataset.h"
#include "cambium/framework/data/npz.h"
#include "tests/data/npy_files.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::literal;
using cambium_tests::npy_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using doctest::Contains;
using Sizes = std::vector<std::int64_t>;

constexpr real per_byte = real(1) / real(255);

// Two arrays in files, read as a dataset.
class Files {
 public:
  Files(const NpyArray& x, const NpyArray& y) {
    write_npy(x_path(), x);
    write_npy(y_path(), y);
  }
  std::string x_path() const { return folder_.file("x.npy"); }
  std::string y_path() const { return folder_.file("y.npy"); }
  MemoryDataset load(const NpyDataOptions& options = {}) const { return load_npy(x_path(), y_path(), options); }

 private:
  TempFolder folder_;
};

struct Contents {
  std::vector<real> x, values;
  std::vector<int> labels;
};

Contents contents(const MemoryDataset& set) {
  const Shape input = set.input_shapes()[0], target = set.target_kinds()[0].shape;
  const bool labelled = set.target_kinds()[0].classes > 0;
  const int n = static_cast<int>(set.size());
  Contents all;
  all.x.resize(as_size(n) * as_size(input.size()));
  all.values.resize(labelled ? 0 : as_size(n) * as_size(target.size()));
  all.labels.resize(labelled ? as_size(n) : 0);
  std::vector<std::int64_t> rows;
  for (int row = 0; row < n; ++row) rows.push_back(row);
  const View x{all.x.data(), input, n}, values = labelled ? View{} : View{all.values.data(), target, n};
  const std::span<int> labels(all.labels);
  set.fetch(rows, {&x, 1}, {&labels, 1}, {&values, 1});
  return all;
}

template <class T>
NpyArray counted(const Sizes& sizes) {
  std::size_t n = 1;
  for (const std::int64_t size : sizes) n *= static_cast<std::size_t>(size);
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<T>(i);
  return {sizes, values};
}

const NpyArray two_labels = {{2}, std::vector<std::int64_t>{2, 0}};

TEST_CASE("npy dataset: doubles that are a float when they are rounded are one, and those beyond are refused") {
  if constexpr (sizeof(real) == sizeof(float)) {
    const NpyArray y{{2}, std::vector<std::int64_t>{0, 1}};
    const Files files({{2}, std::vector<double>{3.4028235e38, -0x1.fffffeffp127}}, y);
    CHECK(contents(files.load()).x == std::vector<real>{std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()});
    const Files beyond({{2}, std::vector<double>{1, 0x1.ffffffp127}}, y);
    CHECK_THROWS_WITH_AS(beyond.load(), Contains("row 1 holds 3.4028235677973366e+38"), Error);
  }
}

TEST_CASE("npy data: sizes become the shape of a sample") {
  const std::pair<Sizes, Shape> shapes[] = {{{2}, Shape{1}},
                                            {{2, 5}, Shape{5}},
                                            {{2, 3, 4}, Shape{1, 3, 4}},
                                            {{2, 3, 4, 5}, Shape{3, 4, 5}},
                                            {{2, 3, 4, 3}, Shape{3, 4, 3}},
                                            {{2, 1, 2, 3, 4}, Shape{1, 2, 3, 4}}};
  for (const auto& [sizes, shape] : shapes) {
    const Files files(counted<float>(sizes), two_labels);
    const MemoryDataset set = files.load();
    CHECK(set.input_shapes() == std::vector<Shape>{shape});
    const Contents all = contents(set);
    CHECK(all.labels == std::vector<int>{2, 0});
    for (std::size_t i = 0; i < all.x.size(); ++i) CHECK(all.x[i] == real(i));
  }
}

TEST_CASE("npy data: channels last are put first, when that is said") {
  const Files files(counted<std::uint8_t>({2, 2, 3, 4}), two_labels);
  const MemoryDataset set = files.load({.channels = ChannelOrder::last});
  CHECK(set.input_shapes() == std::vector<Shape>{Shape{4, 2, 3}});
  const Contents all = contents(set);
  for (int sample = 0; sample < 2; ++sample)
    for (int c = 0; c < 4; ++c)
      for (int at = 0; at < 6; ++at) CHECK(all.x[as_size(sample * 24 + c * 6 + at)] == real(sample * 24 + at * 4 + c) * per_byte);
  CHECK_THROWS_WITH_AS(files.load(),
                       Contains((files.x_path() + ": holds 2x2x3x4 of u8, which as channels x height x width are 2 channels of "
                                                  "3x4; try channels last (ChannelOrder::last): 4 channels of 2x3")
                                    .c_str()),
                       Error);
  CHECK(files.load({.channels = ChannelOrder::first}).input_shapes()[0] == Shape{2, 3, 4});
}

TEST_CASE("npy data: bytes stay bytes, bools are 0 and 1, all else is taken as it is") {
  CHECK(contents(Files({{2}, std::vector<std::uint8_t>{0, 255}}, two_labels).load()).x == std::vector<real>{0, 1});
  CHECK(contents(Files({{2}, std::vector<std::int8_t>{-3, 4}}, two_labels).load()).x == std::vector<real>{-3, 4});
  CHECK(contents(Files({{2}, std::vector<std::int64_t>{-3, 4000}}, two_labels).load()).x == std::vector<real>{-3, 4000});
  CHECK(contents(Files({{2}, std::vector<double>{0.5, -2}}, two_labels).load()).x == std::vector<real>{real(0.5), -2});
  const Files files(two_labels, two_labels);
  write_bytes(files.x_path(), npy_bytes(literal("|b1", "(2,)"), "\1\2"));
  CHECK(contents(files.load()).x == std::vector<real>{1, 1});
}

TEST_CASE("npy data: integers are labels, floats are values, and what is said counts") {
  const NpyArray x = counted<float>({3, 2});
  const Files labels(x, {{3, 1}, std::vector<std::uint8_t>{4, 0, 1}});
  CHECK(labels.load().target_kinds()[0].classes == 5);
  CHECK(labels.load({.classes = 9}).target_kinds()[0].classes == 9);
  CHECK(labels.load({.class_names = {"a", "b", "c", "d", "e", "f"}}).class_names()[4] == "e");
  CHECK(contents(labels.load({.values = true})).values == std::vector<real>{4, 0, 1});
  CHECK(labels.load({.values = true}).target_kinds()[0].shape == Shape{1});
  const Files values(x, counted<double>({3, 2}));
  CHECK(values.load().target_kinds()[0].classes == 0);
  CHECK(values.load().target_kinds()[0].shape == Shape{2});
  CHECK(contents(values.load()).values == std::vector<real>{0, 1, 2, 3, 4, 5});
  CHECK(Files(x, counted<float>({3})).load().target_kinds()[0].shape == Shape{1});
  CHECK(Files(x, counted<float>({3, 1, 4, 4})).load().target_kinds()[0].shape == Shape{1, 4, 4});
}

TEST_CASE("npy data: an archive of x and y, or of names that are given") {
  const TempFolder folder;
  const std::string path = folder.file("a.npz");
  write_npz(path,
            std::vector<NamedArray>{{"x", counted<std::uint8_t>({2, 3, 3})}, {"y", two_labels}, {"z", counted<float>({2, 7})}});
  CHECK(load_npz(path).describe() == "2 samples of 1x3x3, 3 classes");
  CHECK(load_npz(path, {.x = "z"}).describe() == "2 samples of 7, 3 classes");
  CHECK(load_npz(path, {.x = "z", .y = "z"}).describe() == "2 samples of 7, 7 as target");
  CHECK_THROWS_WITH_AS(load_npz(path, {.x = "images"}), Contains("has no array 'images'; it has x, y, z"), Error);
  CHECK_THROWS_WITH_AS(load_npz(path, {.x = ""}), Contains("has no array ''"), Error);
  CHECK_THROWS_WITH_AS(load_npz(path, {.classes = 2}), Contains((path + ", member 'y.npy': row 0 has label 2").c_str()), Error);
}

TEST_CASE("npy data: what does not fit is said, with file and row") {
  const NpyArray x = counted<float>({2, 3});
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const struct {
    NpyArray x, y;
    NpyDataOptions options;
    const char* why;
  } cases[] = {
      {x, {{3}, std::vector<int>{0, 1, 0}}, {}, "x.npy holds 2 samples (2x3 of f32), and "},
      {x, {{}, std::vector<int>{0}}, {}, "y.npy: holds one of i32, and y has from one to five sizes"},
      {{{}, std::vector<float>{0}}, two_labels, {}, "x.npy: holds one of f32, and X has from one to five sizes"},
      {counted<float>({2, 1, 1, 1, 1, 1}), two_labels, {}, "x.npy: holds 2x1x1x1x1x1 of f32, and X has from one to five sizes"},
      {{{0, 3}, std::vector<float>()}, {{0}, std::vector<int>()}, {}, "x.npy: holds 0x3 of f32: there are no samples"},
      {{{2, 0}, std::vector<float>()}, two_labels, {}, "x.npy: "},
      {x, {{2}, std::vector<int>{0, -1}}, {}, "y.npy: row 1 has label -1, and labels start at 0"},
      {x,
       {{2}, std::vector<std::int64_t>{0, 65536}},
       {},
       "y.npy: row 1 has label 65536, and above 65535 the number of classes must be"},
      {x,
       {{2}, std::vector<std::int64_t>{1ll << 62, 0}},
       {.classes = 9},
       "row 0 has label 4611686018427387904, and 9 classes have"},
      {x, {{2}, std::vector<std::uint32_t>{0, 4294967295}}, {.classes = 9}, "row 1 has label 4294967295"},
      {x, two_labels, {.class_names = {"a", "b"}}, "y.npy: row 0 has label 2, and 2 classes have labels from 0 to 1"},
      {x, two_labels, {.classes = 3, .class_names = {"a", "b"}}, "y.npy: memory dataset: 2 names are given for 3 classes"},
      {x, two_labels, {.classes = -1}, "y.npy: -1 classes"},
      {x, {{2, 2}, std::vector<int>{0, 1, 1, 0}}, {}, "y.npy: holds 2x2 of i32, and a label is one integer for each sample"},
      {x, {{2}, std::vector<double>{0, nan}}, {}, "y.npy: memory dataset, target 0: row 1, column 0 of 1 holds nan"},
      {{{2, 2}, std::vector<double>{0, 1, 2, nan}},
       two_labels,
       {},
       "x.npy: memory dataset, input 0: row 1, column 1 of 2 holds nan"}};
  for (const auto& bad : cases) {
    CAPTURE(bad.why);
    CHECK_THROWS_WITH_AS(Files(bad.x, bad.y).load(bad.options), Contains(bad.why), Error);
  }
  if (sizeof(real) == 4)
    CHECK_THROWS_WITH_AS(Files({{2, 2}, std::vector<double>{0, 1, -1e300, nan}}, two_labels).load(),
                         Contains("x.npy: row 1 holds -1e+300, and a float holds at most 3.403e+38"), Error);
}

TEST_CASE("npy data: headers are compared before values are read") {
  const Files files(counted<float>({2, 3}), two_labels);
  write_bytes(files.x_path(), npy_bytes(literal("<f4", "(1000000, 1000000)"), ""));
  CHECK_THROWS_WITH_AS(files.load(), Contains("holds 1000000 samples (1000000x1000000 of f32), and "), Error);
  write_bytes(files.x_path(), npy_bytes(literal("<f4", "(2, 3000000000)"), ""));
  CHECK_THROWS_WITH_AS(files.load(), Contains(files.x_path().c_str()), Error);
}

}  // namespace
}  // namespace cambium
