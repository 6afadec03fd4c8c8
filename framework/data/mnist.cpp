#include "cambium/framework/data/mnist.h"

#include <fmt/format.h>

#include <utility>

#include "cambium/framework/data/parts/image_files.h"

namespace cambium {
namespace {

// The file of this kind ("images", 3 sizes) in the folder, under one of its usual names.
std::string find_file(const std::string& folder, Split part, const char* kind, int rank) {
  std::vector<std::string> names;
  for (const char joint : {'-', '.'})
    for (const char* end : {"", ".gz"})
      names.push_back(fmt::format("{}-{}{}idx{}-ubyte{}", part == Split::train ? "train" : "t10k", kind, joint, rank, end));
  return find_data_file(kind, {folder}, names);
}

}  // namespace

Shape mnist_shape(const std::string& folder, Split part) { return image_shape(find_file(folder, part, "images", 3)); }

MemoryDataset load_mnist(const std::string& folder, Split part, std::vector<std::string> class_names) {
  const std::string image_path = find_file(folder, part, "images", 3);
  const ImageFiles files(image_path, find_file(folder, part, "labels", 1));
  const std::vector<std::uint8_t> digits = files.read_labels();
  const int classes = class_names.empty() ? 10 : static_cast<int>(class_names.size());
  MemoryDataset set;
  files.add_labels(set, {digits.begin(), digits.end()}, classes, std::move(class_names));
  return set.add_input({1, files.height(), files.width()}, files.read_images());
}

}  // namespace cambium
