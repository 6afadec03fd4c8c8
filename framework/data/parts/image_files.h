// Images and labels in two IDX files of bytes, and the folders that they lie in.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// The file in one of these folders that has one of these names; the first that there is. Where there is none, one that is no
// regular file: who opens it says what it is. Errors: the first folder is none; no such file, with all that was looked for.
std::string find_data_file(const std::string& what, const std::vector<std::string>& folders, const std::vector<std::string>& names);

// The same, or "" where there is none.
std::string seek_data_file(const std::vector<std::string>& folders, const std::vector<std::string>& names);

// Their headers are compared when it is made: nothing is unpacked of files that do not belong together.
// Errors: another form than bytes of count x height x width and of count; counts that disagree; all of read_idx.
class ImageFiles {
 public:
  ImageFiles(std::string image_path, std::string label_path);

  int height() const { return height_; }
  int width() const { return width_; }
  std::vector<std::uint8_t> read_images() const;
  std::vector<std::uint8_t> read_labels() const;

  // Adds labels, and names of the classes where there are any. Errors name the file of the labels.
  void add_labels(MemoryDataset& set, std::vector<int> labels, int classes, std::vector<std::string> names) const;

 private:
  const std::string image_path_, label_path_;
  int height_ = 0, width_ = 0;
};

// The shape of the images in such a file, by its header alone.
Shape image_shape(const std::string& image_path);

}  // namespace cambium
