#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/emnist.h"
#include "cambium/framework/data/idx.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;
using doctest::Contains;

// Two images of 3x2, on their side: upright they are 2x3.
const IdxArray images = {{2, 3, 2}, std::vector<std::uint8_t>{0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6}};

IdxArray labels(std::uint8_t first, std::uint8_t second) { return {{2}, std::vector<std::uint8_t>{first, second}}; }

void write_set(const std::string& folder, const std::string& set, const IdxArray& of_labels, const std::string& end = "") {
  write_idx(folder + "/emnist-" + set + "-images-idx3-ubyte" + end, images);
  write_idx(folder + "/emnist-" + set + "-labels-idx1-ubyte" + end, of_labels);
}

const std::pair<EmnistSet, std::string> sets[] = {{EmnistSet::balanced, "balanced"}, {EmnistSet::by_class, "byclass"},
                                                  {EmnistSet::by_merge, "bymerge"},  {EmnistSet::digits, "digits"},
                                                  {EmnistSet::letters, "letters"},   {EmnistSet::mnist, "mnist"}};

TEST_CASE("emnist: images stand upright, and labels start at 0") {
  for (const auto& [set, name] : sets)
    for (const std::string inner : {"", "/gzip"}) {
      const TempFolder folder;
      std::filesystem::create_directories(folder.path() + inner);
      write_set(folder.path() + inner, name + "-train", labels(9, 1));
      write_set(folder.path() + inner, name + "-test", labels(1, 1), ".gz");
      CHECK(load_emnist(folder.path(), set, Split::test).size() == 2);
      const MemoryDataset train = load_emnist(folder.path(), set, Split::train);
      CHECK(train.input_shapes() == std::vector<Shape>{Shape{1, 2, 3}});
      CHECK(train.class_names() == emnist_class_names(set));
      const std::vector<std::int64_t> rows = {0, 1};
      std::vector<real> x(12);
      std::vector<int> y(2);
      const View view{x.data(), Shape{1, 2, 3}, 2}, none;
      const std::span<int> label(y);
      train.fetch(rows, {&view, 1}, {&label, 1}, {&none, 1});
      const int upright[] = {0, 102, 204, 51, 153, 255, 1, 3, 5, 2, 4, 6};
      for (std::size_t i = 0; i < 12; ++i) CHECK(x[i] == real(upright[i]) * (real(1) / real(255)));
      CHECK(y == (set == EmnistSet::letters ? std::vector<int>{8, 0} : std::vector<int>{9, 1}));
    }
}

TEST_CASE("emnist: every class has its name") {
  const std::pair<EmnistSet, std::string> names[] = {
      {EmnistSet::by_class, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
      {EmnistSet::by_merge, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"},
      {EmnistSet::balanced, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"},
      {EmnistSet::letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
      {EmnistSet::digits, "0123456789"},
      {EmnistSet::mnist, "0123456789"}};
  for (const auto& [set, all] : names) {
    std::string found;
    for (const std::string& name : emnist_class_names(set)) found += name;
    CHECK(found == all);
  }
  CHECK_THROWS_AS(emnist_class_names(static_cast<EmnistSet>(99)), Error);
}

TEST_CASE("emnist: what is wrong is said, with file and row") {
  const TempFolder folder;
  const auto load = [&](EmnistSet set) { load_emnist(folder.path(), set, Split::train); };
  CHECK_THROWS_WITH_AS(load_emnist(folder.file("nowhere"), EmnistSet::digits, Split::train), Contains("nowhere is not a folder"),
                       Error);
  CHECK_THROWS_WITH_AS(load(EmnistSet::by_class),
                       Contains(("no images in " + folder.path() +
                                 ": looked for emnist-byclass-train-images-idx3-ubyte, "
                                 "emnist-byclass-train-images-idx3-ubyte.gz, also in " +
                                 folder.path() + "/gzip")
                                    .c_str()),
                       Error);
  const std::pair<EmnistSet, int> too_large[] = {{EmnistSet::balanced, 47}, {EmnistSet::by_class, 62}, {EmnistSet::by_merge, 47},
                                                 {EmnistSet::digits, 10},   {EmnistSet::letters, 27},  {EmnistSet::mnist, 10}};
  for (std::size_t i = 0; i < std::size(sets); ++i) {
    const auto& [set, name] = sets[i];
    const int label = too_large[i].second;
    write_set(folder.path(), name + "-train", labels(1, static_cast<std::uint8_t>(label)));
    const std::string why = "emnist-" + name + "-train-labels-idx1-ubyte: row 1 has label " + std::to_string(label) +
                            ", and the labels of EMNIST " + name + " go from ";
    CHECK_THROWS_WITH_AS(load(set), Contains(why.c_str()), Error);
    write_set(folder.path(), name + "-train", labels(1, static_cast<std::uint8_t>(label - 1)));
    CHECK_NOTHROW(load(set));
  }
  write_set(folder.path(), "letters-train", labels(1, 0));
  CHECK_THROWS_WITH_AS(load(EmnistSet::letters), Contains("row 1 has label 0, and the labels of EMNIST letters go from 1 to 26"),
                       Error);
  write_idx(folder.file("emnist-letters-train-labels-idx1-ubyte"), {{3}, std::vector<std::uint8_t>{1, 2, 3}});
  CHECK_THROWS_WITH_AS(load(EmnistSet::letters), Contains("has 2 images, and "), Error);
  write_idx(folder.file("emnist-letters-train-labels-idx1-ubyte"), {{2}, std::vector<float>{1, 2}});
  CHECK_THROWS_WITH_AS(load(EmnistSet::letters), Contains("2 of f32 where bytes of one size, the count are needed"), Error);
}

}  // namespace
}  // namespace cambium
