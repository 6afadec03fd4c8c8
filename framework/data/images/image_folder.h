// A folder of pictures as a data set: one folder a class.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/data/dataset.h"
#include "cambium/framework/data/images/resize.h"

namespace cambium {

struct ImageFolderOptions {
  int channels = 0;                                    // 1 or 3; 0: 3 where any picture has colours, else 1
  int height = 0, width = 0;                           // of a sample; 0: of the first picture
  Fit fit = Fit::refuse;                               // of pictures of another size
  Transparency transparency = Transparency::on_white;  // of PNG files, see picture.h
  std::vector<std::string> classes = {};               // in the order of their numbers; none: the folders, by name
  std::int64_t cache_bytes = -1;                       // for pictures once decoded; -1: a quarter of the free memory, at most 1 GiB
  int threads = 0;                                     // that decode; 0: one for each processor
  PictureLimits limits = {};
};

// The PNG and JPEG files (.png, .jpg, .jpeg, .jpe, .jfif, in any case; others by their names are held to be such) of the folders in
// a folder, each folder being a class and its name the class's. Classes and files come in the order of the bytes of their names; a
// sample is channels x height x width, and a model sees byte * (1 / 255). Links are followed. Left out: names that begin with a
// dot, and files of no picture's name.
//
//     const ImageFolder train("pets/train", {.height = 64, .width = 64, .fit = Fit::crop});
//     const ImageFolder test("pets/test", train.options());     // the same classes and sizes
//
// The constructor reads the headers of all files and decodes none. `fetch` decodes, on threads of the set's own, and keeps what it
// decoded as bytes while they fit into the cache; values are the same for any number of threads and any cache. Copies are cheap:
// they share files and cache. A picture that turns out to be damaged, or is gone, becomes zeros, and check_fetched tells,
// with the names of others that it finds in some seconds.
//
// Errors, each naming the file or folder: no folder, no classes in it, pictures beside the class folders, a class without pictures,
// a folder in a class, a class whose name is no UTF-8, or is not among `classes`; files that picture_shape refuses; with
// Fit::refuse the first picture of another size.
class ImageFolder : public Dataset {
 public:
  explicit ImageFolder(const std::string& folder, const ImageFolderOptions& options = {});

  std::int64_t size() const override;
  std::vector<Shape> input_shapes() const override;
  std::vector<TargetKind> target_kinds() const override;
  void fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
             std::span<const View> values) const noexcept override;
  bool fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept override;
  std::vector<std::string> class_names() const override;
  std::string describe() const override;                     // "60000 pictures of 3x32x32, 10 classes"
  std::string name_of_row(std::int64_t row) const override;  // "cat/0017.png"

  // Throws the Error of the first fetch that had one, and of its first sample that did; as often as it is called.
  void check_fetched() const override;

  // Those of the constructor, with classes, channels and sizes as they were found: for another folder of the same kind.
  const ImageFolderOptions& options() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cambium
