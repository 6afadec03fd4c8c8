#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/framework/data/images/write_image_folder.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "tests/data/class_folder.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using namespace cambium_tests;
using doctest::Contains;

std::vector<std::uint8_t> bytes_of(const std::vector<real>& values) {
  std::vector<std::uint8_t> bytes;
  for (const real v : values) bytes.push_back(static_cast<std::uint8_t>(v * 255 + real(0.5)));
  return bytes;
}

TEST_CASE("classes and files by name, whatever the case of their endings; hidden and other files are left out") {
  const TempFolder folder;
  const Picture a = some_picture(1, 2, 3, 1), b = some_picture(1, 2, 3, 2), c = some_picture(1, 2, 3, 3),
                d = some_picture(3, 2, 3, 4);
  put(folder, "dog/b.PNG", b);
  put(folder, "dog/a.png", a);
  put(folder, "cat/z.png", c);
  put(folder, "b\u00e4r/1.jpeg", d);  // PNG by its bytes
  put(folder, "dog/.hidden.png", "no picture");
  put(folder, "dog/Thumbs.db", "no picture");
  put(folder, ".hidden/a.png", "no picture");
  put(folder, "README.txt", "no picture");
  const ImageFolder set(folder.path());
  CHECK(set.size() == 4);
  CHECK(set.class_names() == std::vector<std::string>{"b\u00e4r", "cat", "dog"});
  CHECK(set.input_shapes() == std::vector<Shape>{Shape{3, 2, 3}});
  REQUIRE(set.target_kinds().size() == 1);
  CHECK(set.target_kinds()[0].classes == 3);
  CHECK(set.describe() == "4 pictures of 3x2x3, 3 classes");
  CHECK(set.name_of_row(0) == "b\u00e4r/1.jpeg");
  CHECK(set.name_of_row(3) == "dog/b.PNG");
  const Fetched all = fetched(set, {3, 0, 2, 1});
  CHECK(all.labels == std::vector<int>{2, 0, 2, 1});
  std::vector<std::uint8_t> expected;
  for (const Picture& p : {with_channels(b, 3), d, with_channels(a, 3), with_channels(c, 3)})
    expected.insert(expected.end(), p.bytes.begin(), p.bytes.end());
  CHECK(bytes_of(all.values) == expected);
  CHECK(all.values[1] == static_cast<real>(expected[1]) * (real(1) / real(255)));
  CHECK_NOTHROW(set.check_fetched());

  const ImageFolder gray(folder.path(), {.channels = 1});
  CHECK(bytes_of(fetched(gray, {0}).values) == with_channels(d, 1).bytes);
}

TEST_CASE("a folder of one class, and a copy of the set") {
  const TempFolder folder;
  put(folder, "it/1.png", some_picture(1, 2, 3, 1));
  ImageFolder copy = [&] { return ImageFolder(folder.path(), {.threads = 1}); }();
  CHECK(copy.describe() == "1 picture of 1x2x3, 1 class");
  const ImageFolder other = copy;
  CHECK(fetched(other) == fetched(copy));
  CHECK(other.id() != copy.id());
}

// 30 pictures of three sizes and both formats.
TEST_CASE("the same bits for any number of threads and any cache, epoch after epoch") {
  const TempFolder folder;
  put_many(folder);
  const ImageFolderOptions base = {.height = 10, .width = 12, .fit = Fit::crop, .cache_bytes = 0, .threads = 1};
  const Fetched expected = fetched(ImageFolder(folder.path(), base));
  const auto through_stream = [](const ImageFolder& set) {
    std::vector<real> values;
    Stream stream(set, {.batch = 7, .seed = 3});
    for (int epoch = 0; epoch < 3; ++epoch)
      for (const auto& [image, label] : stream) values.insert(values.end(), image.begin(), image.end());
    set.check_fetched();
    return values;
  };
  const std::vector<real> streamed = through_stream(ImageFolder(folder.path(), base));
  for (const int threads : {1, 2, 5})
    for (const std::int64_t cache : {std::int64_t{0}, std::int64_t{3 * 10 * 12 * 11 + 5}, std::int64_t{-1}}) {
      CAPTURE(threads);
      CAPTURE(cache);
      ImageFolderOptions options = base;
      options.threads = threads, options.cache_bytes = cache;
      const ImageFolder set(folder.path(), options);
      CHECK(fetched(set) == expected);
      CHECK(fetched(set) == expected);
      CHECK(through_stream(ImageFolder(folder.path(), options)) == streamed);
    }
}

TEST_CASE("what is in the cache is not read again") {
  const TempFolder folder;
  for (int i = 0; i < 3; ++i) put(folder, "a/" + std::to_string(i) + ".png", some_picture(1, 4, 4, static_cast<std::uint64_t>(i)));
  const ImageFolder set(folder.path(), {.cache_bytes = 2 * 16});  // two of three
  const Fetched before = fetched(set);
  for (int i = 0; i < 3; ++i) fs::remove(folder.file("a/" + std::to_string(i) + ".png"));
  const Fetched after = fetched(set);
  CHECK(std::equal(after.values.begin(), after.values.begin() + 32, before.values.begin()));
  CHECK(std::all_of(after.values.begin() + 32, after.values.end(), [](real v) { return v == 0; }));
  CHECK_THROWS_WITH_AS(set.check_fetched(), Contains("/a/2.png: cannot be read: No such file"), Error);
}

TEST_CASE("several threads fetch at the same time") {
  const TempFolder folder;
  put_many(folder);
  const ImageFolderOptions options = {.height = 10, .width = 12, .fit = Fit::resize, .threads = 2};
  const Fetched expected = fetched(ImageFolder(folder.path(), options));
  const ImageFolder set(folder.path(), options);
  std::vector<Fetched> all(4);
  std::vector<std::thread> threads;
  for (Fetched& each : all) threads.emplace_back([&] { each = fetched(set); });
  for (std::thread& thread : threads) thread.join();
  for (const Fetched& each : all) CHECK(each == expected);
}

TEST_CASE("sizes that differ: refused by name, resized, or cropped") {
  const TempFolder folder;
  const Picture first = some_picture(1, 4, 6, 1), second = some_picture(1, 8, 6, 2);
  put(folder, "a/1.png", first);
  put(folder, "b/2.png", second);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path()),
                       Contains("/b/2.png: 6 x 8 pixels (width x height), where the first, 'a/1.png', has 6 x 4"), Error);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path(), {.height = 8}),
                       Contains("/a/1.png: 6 x 4 pixels (width x height), where samples are to have 6 x 8 pixels"), Error);
  const ImageFolder resized_set(folder.path(), {.fit = Fit::resize}),
      cropped(folder.path(), {.height = 2, .width = 2, .fit = Fit::crop});
  CHECK(resized_set.input_shapes()[0] == Shape{1, 4, 6});
  CHECK(bytes_of(fetched(resized_set, {0}).values) == first.bytes);
  CHECK(bytes_of(fetched(resized_set, {1}).values) == resized(second, 4, 6).bytes);
  CHECK(bytes_of(fetched(cropped, {1}).values) == resized(centre_of(second, 2, 2), 2, 2).bytes);
  for (const ImageFolderOptions& wrong : {ImageFolderOptions{.channels = 2}, {.height = -1}, {.width = 65536}})
    CHECK_THROWS_WITH_AS(ImageFolder(folder.path(), wrong), Contains("(channels x height x width) are asked for"), Error);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path(), {.fit = Fit::resize, .threads = 65}), Contains("threads 65"), Error);
}

TEST_CASE("a second folder gets the numbers and the size of the first") {
  const TempFolder train, test;
  for (const char* name : {"ant", "bee", "cat"}) put(train, name + std::string("/1.png"), some_picture(1, 4, 4, 1));
  put(train, "ant/2.png", some_picture(3, 4, 4, 2));
  put(test, "cat/1.png", some_picture(1, 4, 4, 5));
  const ImageFolder first(train.path()), second(test.path(), first.options());
  CHECK(second.class_names() == first.class_names());
  CHECK(second.input_shapes() == first.input_shapes());
  CHECK(fetched(second).labels == std::vector<int>{2});
  CHECK(ImageFolder(test.path(), {.classes = {"cat", "bee"}}).class_names() == std::vector<std::string>{"cat", "bee"});
  put(test, "bees/1.png", some_picture(1, 4, 4, 5));
  CHECK_THROWS_WITH_AS(ImageFolder(test.path(), first.options()),
                       Contains("/bees: is none of the 3 classes that are known (did you mean 'bee'?)"), Error);
  CHECK_THROWS_WITH_AS(ImageFolder(train.path(), {.classes = {"ant", "bee", "ant"}}), Contains("class 'ant' is given twice"),
                       Error);
}

TEST_CASE("image folder: the pictures of a folder whose classes nobody knows") {
  const TempFolder folder;
  const std::string good = png_of(some_picture(1, 4, 4, 1));
  for (const char* name : {"b.png", "a c.JPG", ".hidden.png", "notes.txt", "below/z.png", "below/y.jpeg", "below/deeper/x.png"})
    put(folder, name, good);
  const std::vector<std::string> all = {folder.file("a c.JPG"), folder.file("b.png"), folder.file("below/y.jpeg"),
                                        folder.file("below/z.png")};
  CHECK(picture_files(folder.file("")) == all);
  CHECK_THROWS_WITH_AS(picture_files(folder.file("b.png")), Contains("b.png: is no folder, and pictures are"), Error);
  put(folder, "empty/notes.txt", good);
  CHECK_THROWS_WITH_AS(picture_files(folder.file("empty")), Contains("empty: has no pictures in it: no .png"), Error);
  put(folder, "below/w.webp", good);
  CHECK(picture_files(folder.file("")).size() == 5);
}

// ------------------------------------------------------------------------------------------------------------- writing

MemoryDataset some_set(int channels, int classes) {
  std::vector<std::uint8_t> bytes;
  std::vector<int> labels;
  for (int i = 0; i < 25; ++i) {
    const Picture picture = some_picture(channels, 5, 4, static_cast<std::uint64_t>(i));
    bytes.insert(bytes.end(), picture.bytes.begin(), picture.bytes.end());
    labels.push_back(i * 7 % classes);
  }
  return MemoryDataset(Shape{channels, 5, 4}, std::move(bytes), std::move(labels), classes);
}

TEST_CASE("a set that is written as a folder comes back from it") {
  const TempFolder folder;
  for (const int channels : {1, 3}) {
    const MemoryDataset set = some_set(channels, 12);
    const std::string path = folder.file(std::to_string(channels));
    write_image_folder(path + "/", set);
    CHECK(fs::is_regular_file(path + "/07/01.png"));
    const ImageFolder read(path);
    CHECK(read.input_shapes() == set.input_shapes());
    CHECK(read.class_names()[11] == "11");
    std::vector<std::int64_t> rows;  // of the set, class after class
    for (int label = 0; label < 12; ++label)
      for (int i = 0; i < 25; ++i)
        if (i * 7 % 12 == label) rows.push_back(i);
    CHECK(fetched(read) == fetched(set, rows));
  }
  MemoryDataset named = some_set(1, 2);
  named.name_classes({"yes", "no"});
  fs::create_directory(folder.file("empty"));
  write_image_folder(folder.file("empty"), named);
  CHECK(ImageFolder(folder.file("empty")).class_names() == std::vector<std::string>{"no", "yes"});
}

TEST_CASE("what cannot be written as a folder, and nothing is left behind") {
  const TempFolder folder;
  const std::string path = folder.file("it");
  const auto refused = [&](const Dataset& set, const char* why) {
    CAPTURE(why);
    CHECK_THROWS_WITH_AS(write_image_folder(path, set), Contains(why), Error);
    CHECK(fs::is_empty(folder.path()));
  };
  refused(MemoryDataset(Shape{2, 2, 2}, std::vector<std::uint8_t>(8), {0}, 1),
          "one image of 1 or 3 channels with one label is needed");
  refused(MemoryDataset(Shape(8), std::vector<std::uint8_t>(8), {0}, 1), "1 sample of 8, 1 class, and one image");
  refused(MemoryDataset(Shape{1, 2, 2}, std::vector<real>(4), Shape(1), std::vector<real>(1)), "with one label is needed");
  refused(MemoryDataset(Shape{1, 1, 2}, std::vector<real>{0, 0, 1, 2}, {0, 0}, 1),
          "row 1 holds 2, and a picture has values from 0 to 1");
  refused(MemoryDataset(Shape{1, 1, 1}, std::vector<real>{real(-0.5)}, {0}, 1), "row 0 holds -0.5");
  for (const std::string name : {"", "a/b", ".", "..", ".hidden"}) {
    MemoryDataset set = some_set(1, 2);
    set.name_classes({"good", name});
    refused(set, "no folder can be called as class");
  }
  MemoryDataset twice = some_set(1, 2);
  twice.name_classes({"same", "same"});
  refused(twice, "class 'same'");
  CHECK_THROWS_WITH_AS(write_image_folder(path + "/no/such", some_set(1, 2)),
                       Contains("/no/such.partial: cannot be made: No such file"), Error);
  fs::create_directory(path + ".partial");
  CHECK_THROWS_WITH_AS(write_image_folder(path, some_set(1, 2)), Contains("it.partial: is there already"), Error);
  fs::remove(path + ".partial");
  write_image_folder(path, some_set(1, 2));
  CHECK_THROWS_WITH_AS(write_image_folder(path, some_set(1, 2)), Contains("it: is there already, and not an empty folder"), Error);
  write_bytes(folder.file("file"), "");
  CHECK_THROWS_WITH_AS(write_image_folder(folder.file("file"), some_set(1, 2)), Contains("file: is there already"), Error);
}

}  // namespace
}  // namespace cambium
