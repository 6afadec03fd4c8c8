#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/idx.h"
#include "cambium/framework/data/mnist.h"
#include "tests/data/temp_folder.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;
using doctest::Contains;

// Three images of 2x3 and their labels.
const IdxArray images = {{3, 2, 3}, std::vector<std::uint8_t>{0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7}};
const IdxArray labels = {{3}, std::vector<std::uint8_t>{9, 0, 4}};

void check_contents(const MemoryDataset& set) {
  CHECK(set.size() == 3);
  CHECK(set.input_shapes() == std::vector<Shape>{Shape{1, 2, 3}});
  const std::vector<std::int64_t> rows = {0, 1, 2};
  std::vector<real> x(18);
  std::vector<int> y(3);
  const View view{x.data(), Shape{1, 2, 3}, 3}, none;
  const std::span<int> label(y);
  set.fetch(rows, {&view, 1}, {&label, 1}, {&none, 1});
  CHECK(x[1] == doctest::Approx(0.2));
  CHECK(x[5] == 1);
  CHECK(x[11] == 6 * (real(1) / real(255)));
  CHECK(y == std::vector<int>{9, 0, 4});
}

TEST_CASE("the four files are found under all their names") {
  for (const std::string joint : {"-", "."})
    for (const std::string end : {"", ".gz"}) {
      const TempFolder folder;
      write_idx(folder.file("train-images" + joint + "idx3-ubyte" + end), images);
      write_idx(folder.file("train-labels" + joint + "idx1-ubyte" + end), labels);
      check_contents(load_mnist(folder.path(), Split::train));
      CHECK_THROWS_AS(load_mnist(folder.path(), Split::test), Error);
      write_idx(folder.file("t10k-images" + joint + "idx3-ubyte" + end), images);
      write_idx(folder.file("t10k-labels" + joint + "idx1-ubyte" + end), labels);
      check_contents(load_mnist(folder.path() + "/", Split::test));
    }
}

TEST_CASE("class names come from the caller") {
  const TempFolder folder;
  write_idx(folder.file("train-images-idx3-ubyte"), images);
  write_idx(folder.file("train-labels-idx1-ubyte.gz"), labels);
  const std::vector<std::string> names = {"top",    "trouser", "pullover", "dress", "coat",
                                          "sandal", "shirt",   "sneaker",  "bag",   "boot"};
  const auto set = load_mnist(folder.path(), Split::train, names);
  CHECK(set.class_names() == names);
  CHECK(set.describe() == "3 samples of 1x2x3, 10 classes");
  CHECK_THROWS_WITH_AS(load_mnist(folder.path(), Split::train, {"a", "b"}), Contains("row 0 has label 9, and 2 classes"), Error);
}

TEST_CASE("what is wrong with a folder is said") {
  const TempFolder folder;
  const auto load = [&] { load_mnist(folder.path(), Split::train); };
  const std::string image_file = folder.file("train-images-idx3-ubyte"), label_file = folder.file("train-labels-idx1-ubyte");
  CHECK_THROWS_WITH_AS(load_mnist(folder.file("nowhere"), Split::train), Contains("nowhere is not a folder"), Error);
  CHECK_THROWS_WITH_AS(load(),
                       Contains(("no images in " + folder.path() +
                                 ": looked for train-images-idx3-ubyte, train-images-idx3-ubyte.gz, "
                                 "train-images.idx3-ubyte, train-images.idx3-ubyte.gz")
                                    .c_str()),
                       Error);
  write_idx(image_file, images);
  CHECK_THROWS_WITH_AS(load(), Contains("no labels in"), Error);
  write_idx(label_file, {{2}, std::vector<std::uint8_t>{1, 2}});
  CHECK_THROWS_WITH_AS(load(), Contains("train-images-idx3-ubyte has 3 images, and "), Error);
  write_idx(label_file, {{3}, std::vector<std::uint8_t>{1, 10, 2}});
  CHECK_THROWS_WITH_AS(load(), Contains("row 1 has label 10"), Error);
  CHECK_THROWS_WITH_AS(load(), Contains(label_file.c_str()), Error);
  write_idx(label_file, {{3}, std::vector<std::int32_t>{1, 1, 2}});
  CHECK_THROWS_WITH_AS(load(), Contains("3 of i32 where bytes of one size"), Error);
  write_idx(label_file, labels);
  write_idx(image_file, {{3, 6}, images.values});
  CHECK_THROWS_WITH_AS(load(), Contains("3x6 of u8 where bytes of count x height x width"), Error);
  write_idx(image_file, images);
  CHECK_NOTHROW(load());
}

TEST_CASE("what has the name of a file and is none is said, unless there is another file") {
  const TempFolder folder;
  const auto load = [&] { load_mnist(folder.path(), Split::train); };
  const std::string image_file = folder.file("train-images-idx3-ubyte");
  write_idx(folder.file("train-labels-idx1-ubyte"), labels);
  REQUIRE(mkfifo(image_file.c_str(), 0666) == 0);
  CHECK_THROWS_WITH_AS(load(), Contains("train-images-idx3-ubyte: is not a regular file but a pipe"), Error);
  std::filesystem::remove(image_file);
  std::filesystem::create_symlink("train-images-idx3-ubyte", image_file);
  CHECK_THROWS_WITH_AS(load(), Contains("train-images-idx3-ubyte: cannot be read: Too many levels of symbolic links"), Error);
  std::filesystem::remove(image_file);
  std::filesystem::create_directory(image_file);
  CHECK_THROWS_WITH_AS(load(), Contains("train-images-idx3-ubyte: is not a regular file but a folder"), Error);
  write_idx(folder.file("train-images.idx3-ubyte"), images);
  CHECK_NOTHROW(load());
}

TEST_CASE("the shape of the images is known without their pixels") {
  const TempFolder folder;
  write_idx(folder.file("t10k-images-idx3-ubyte.gz"), images);
  std::filesystem::resize_file(folder.file("t10k-images-idx3-ubyte.gz"), 45);
  CHECK(mnist_shape(folder.path(), Split::test) == Shape{1, 2, 3});
  CHECK_THROWS_WITH_AS(mnist_shape(folder.path(), Split::train), Contains("no images in"), Error);
}

TEST_CASE("images are not unpacked for labels that do not belong to them") {
  const TempFolder folder;
  const std::string image_file = folder.file("train-images-idx3-ubyte.gz"), label_file = folder.file("train-labels-idx1-ubyte");
  std::vector<std::uint8_t> pixels(30'000);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i * 2654435761u >> 20);
  write_idx(image_file, {{300, 10, 10}, pixels});
  std::filesystem::resize_file(image_file, 20'000);  // who unpacks them comes upon the missing end
  const auto load_with = [&](std::vector<std::uint8_t> of_images) {
    write_idx(label_file, {{static_cast<int>(of_images.size())}, of_images});
    load_mnist(folder.path(), Split::train);
  };
  CHECK_THROWS_WITH_AS(load_with(std::vector<std::uint8_t>(32)), Contains("has 300 images, and "), Error);
  CHECK_THROWS_WITH_AS(load_with(std::vector<std::uint8_t>(300, 77)), Contains("row 0 has label 77"), Error);
  CHECK_THROWS_WITH_AS(load_with(std::vector<std::uint8_t>(300)), Contains("its gzip data is cut off"), Error);
}

}  // namespace
}  // namespace cambium
