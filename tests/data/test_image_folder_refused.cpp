// Folders of pictures that cannot be read, and pictures in them.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/image_folder.h"
#include "tests/data/class_folder.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using namespace cambium_tests;
using doctest::Contains;

TEST_CASE("folders that are none, with the message of each") {
  struct Wrong {
    std::vector<std::pair<std::string, std::string>> files;  // below the folder, and what is in them
    const char* why;
  };
  const std::string good = png_of(some_picture(1, 4, 4, 1));
  const Wrong table[] = {
      {{}, ": has no folders in it, and each class is one; try the folder whose folders are the classes"},
      {{{"note.txt", "x"}}, ": has no folders in it"},
      {{{"a.png", good}, {"b.JPG", good}},
       ": 'a.png' of 2 pictures lies directly in it, and a class is a folder with its pictures; try a"},
      {{{"a.png", good}, {"a/b.png", good}},
       ": 'a.png' of 1 pictures lies directly in it, and a class is a folder with its pictures; try moving"},
      {{{"a/b.png", good}, {"c/note.txt", "x"}}, "/c: the class has no pictures: no .png, .jpg or .jpeg among 1 files"},
      {{{"a/.png", good}}, "/a: the class has no pictures: no .png, .jpg or .jpeg; try"},
      {{{"train/a/b.png", good}}, "/train: holds a folder, 'a', and a class is a folder of pictures; try this folder itself"},
      {{{"a/b.png", good}, {"a/more/c.png", good}}, "/a: holds a folder, 'more', and a class is a folder of pictures; try moving"},
      {{{"a/b.png", good}, {"a/c.webp", "x"}},
       "/a/c.webp: begins with 78: PNG files begin with 89 50 4e 47, and JPEG files with ff d8 ff; try"},
      {{{"a/b.png", good}, {"a/c.GIF", "x"}}, "/a/c.GIF: begins with 78: PNG files"},
      {{{"a/b.png", good}, {"a/c.gif", "GIF89a and more"}, {"b/d.heic", "x"}, {"b/e.png", good.substr(0, good.size() - 20)}},
       "/a/c.gif: begins with 47 49 46 38 (GIF): PNG files begin with 89 50 4e 47, and JPEG files with ff d8 ff; nor will "
       "'b/d.heic', "
       "'b/e.png' do; try moving them out of the folder, or a PNG or JPEG file"},
      {{{"a.gif", "x"}, {"a/b.png", good}}, ": 'a.gif' of 1 pictures lies directly in it"},
      {{{"a/b.png", "GIF89a and more"}}, "/a/b.png: begins with 47 49 46 38 (GIF)"},
      {{{"a/b.png", ""}}, "/a/b.png: is empty"},
      {{{"a/b.png", good}, {"a/c.png", good.substr(0, 20)}, {"b/d.png", ""}},
       "/a/c.png: ends inside its header, after 20 bytes; nor will 'b/d.png' do; try moving them out of the folder, or another "
       "copy"},
      {{{"a/b.png", png_header(100000, 100000, 8, 0)}},
       "/a/b.png: 100000 x 100000 pixels (width x height), and 100000000 pixels are"},
      {{{"a\xff/b.png", good}}, ": the name of class 'a\\xff' is no UTF-8"},
      {{{"a\xc0\xaf/b.png", good}}, "is no UTF-8"},
      {{{"a\xed\xa0\x80/b.png", good}}, "is no UTF-8"},
      {{{"a\xf4\x90\x80\x80/b.png", good}}, "is no UTF-8"},
      {{{"a\xe2\x82/b.png", good}}, "is no UTF-8"},
  };
  for (const Wrong& wrong : table) {
    const TempFolder folder;
    const char* const why = wrong.why;
    CAPTURE(why);
    for (const auto& [name, bytes] : wrong.files) put(folder, name, bytes);
    CHECK_THROWS_WITH_AS(ImageFolder(folder.path()), Contains(why), Error);
  }
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(ImageFolder(folder.file("nothing")), Contains("/nothing: is no folder"), Error);
  put(folder, "a/b.png", good);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.file("a/b.png")), Contains("/b.png: is no folder"), Error);
  REQUIRE(mkfifo(folder.file("a/c.png").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path()), Contains("/a/c.png: is not a regular file but a pipe"), Error);
  fs::remove(folder.file("a/c.png"));
  fs::create_symlink("nowhere", folder.file("a/c.png"));
  CHECK_THROWS_WITH_AS(ImageFolder(folder.path()), Contains("/a/c.png: cannot be read: No such file"), Error);
}

TEST_CASE("a picture that turns out to be damaged becomes zeros, and is told of afterwards") {
  const TempFolder folder;
  put_many(folder);
  for (const char* name : {"class1/9.png", "class2/18.png", "class0/0.png"}) {
    const std::string whole = read_bytes(folder.file(name));
    write_bytes(folder.file(name), whole.substr(0, whole.size() - 20));
  }
  for (const int threads : {1, 3}) {
    const ImageFolder set(folder.path(), {.height = 10, .width = 12, .fit = Fit::resize, .threads = threads});
    const auto row_of = [&](const std::string& name) {
      for (int row = 0;; ++row)
        if (set.name_of_row(row) == name) return row;
    };
    const int damaged = row_of("class1/9.png"), good = row_of("class0/12.png"), other = row_of("class2/18.png");
    CHECK_NOTHROW(fetched(set, {good}));
    CHECK_NOTHROW(set.check_fetched());
    const Fetched some = fetched(set, {good, other, damaged, good});
    CHECK(some.labels == std::vector<int>{0, 2, 1, 0});
    const auto sample = some.values.begin() + 3 * 10 * 12;
    CHECK(std::all_of(sample, sample + 2 * 3 * 10 * 12, [](real v) { return v == 0; }));
    CHECK(std::any_of(some.values.begin(), sample, [](real v) { return v != 0; }));
    CHECK(std::equal(some.values.begin(), sample, sample + 2 * 3 * 10 * 12));
    fetched(set, {row_of("class0/0.png")});
    for (int again = 0; again < 2; ++again)
      CHECK_THROWS_WITH_AS(set.check_fetched(),
                           Contains("/class2/18.png: its PNG data is damaged (it is cut off); nor will 'class0/0.png', "
                                    "'class1/9.png' do; try moving them out of the folder, or another copy of the file"),
                           Error);
  }
}

TEST_CASE("of a picture that is damaged alone nothing is said of others, nor of those that were decoded before") {
  const TempFolder folder;
  put_many(folder);
  const std::string whole = read_bytes(folder.file("class1/9.png")), damaged = whole.substr(0, whole.size() - 20);
  write_bytes(folder.file("class1/9.png"), damaged);
  const ImageFolder set(folder.path(), {.height = 10, .width = 12, .fit = Fit::resize});
  std::vector<std::int64_t> before;
  for (int row = 0; row < 30; ++row)
    if (set.name_of_row(row) != "class1/9.png") before.push_back(row);
  fetched(set, before);
  write_bytes(folder.file("class2/18.png"), damaged);
  for (int row = 0; row < 30; ++row) fetched(set, {row});
  CHECK_THROWS_WITH_AS(set.check_fetched(), Contains("/class1/9.png: its PNG data is damaged (it is cut off); try another copy"),
                       Error);
}

TEST_CASE("a picture that became another one is refused when it is fetched") {
  const TempFolder folder;
  put(folder, "a/1.png", some_picture(1, 4, 4, 1));
  const ImageFolder set(folder.path());
  put(folder, "a/1.png", some_picture(1, 5, 4, 1));
  CHECK(fetched(set).values == std::vector<real>(16));
  CHECK_THROWS_WITH_AS(set.check_fetched(), Contains("/a/1.png: 4 x 5 pixels (width x height), and 4 x 4 are needed"), Error);
}

}  // namespace
}  // namespace cambium
