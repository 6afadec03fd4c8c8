#include "cambium/framework/data/emnist.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/parts/image_files.h"

namespace cambium {
namespace {

constexpr std::string_view digits = "0123456789", capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", small = "abcdefghijklmnopqrstuvwxyz",
                           unlike_capitals = "abdefghnqrt";

struct Kind {
  const char* name;  // in file names
  std::string classes;
  int first_label = 0;
};

Kind kind_of(EmnistSet set) {
  const std::string both = std::string(digits) + std::string(capitals);
  switch (set) {
    case EmnistSet::balanced: return {"balanced", both + std::string(unlike_capitals)};
    case EmnistSet::by_class: return {"byclass", both + std::string(small)};
    case EmnistSet::by_merge: return {"bymerge", both + std::string(unlike_capitals)};
    case EmnistSet::digits: return {"digits", std::string(digits)};
    case EmnistSet::letters: return {"letters", std::string(capitals), 1};
    case EmnistSet::mnist: return {"mnist", std::string(digits)};
  }
  throw Error("EMNIST has six sets, and this is none of them", "EmnistSet::balanced");
}

std::string find_file(const std::string& folder, const char* set, Split part, const char* kind, int rank) {
  const std::string name = fmt::format("emnist-{}-{}-{}-idx{}-ubyte", set, part == Split::train ? "train" : "test", kind, rank);
  return find_data_file(kind, {folder, folder + "/gzip"}, {name, name + ".gz"});
}

// Rows for columns, image by image.
std::vector<std::uint8_t> upright(const std::vector<std::uint8_t>& images, std::size_t height, std::size_t width) {
  std::vector<std::uint8_t> turned(images.size());
  for (std::size_t image = 0; image < images.size(); image += height * width)
    for (std::size_t row = 0; row < height; ++row)
      for (std::size_t column = 0; column < width; ++column)
        turned[image + column * height + row] = images[image + row * width + column];
  return turned;
}

}  // namespace

std::vector<std::string> emnist_class_names(EmnistSet set) {
  std::vector<std::string> names;
  for (const char letter : kind_of(set).classes) names.emplace_back(1, letter);
  return names;
}

MemoryDataset load_emnist(const std::string& folder, EmnistSet set, Split part) {
  const Kind kind = kind_of(set);
  const std::string image_path = find_file(folder, kind.name, part, "images", 3);
  const std::string label_path = find_file(folder, kind.name, part, "labels", 1);
  const ImageFiles files(image_path, label_path);
  const auto classes = static_cast<int>(kind.classes.size()), last = classes - 1 + kind.first_label;
  std::vector<int> labels;
  for (const std::uint8_t label : files.read_labels()) {
    if (label < kind.first_label || label > last)
      throw Error(fmt::format("{}: row {} has label {}, and the labels of EMNIST {} go from {} to {}", label_path, labels.size(),
                              label, kind.name, kind.first_label, last),
                  "the labels of the same set");
    labels.push_back(label - kind.first_label);
  }
  MemoryDataset data;
  files.add_labels(data, std::move(labels), classes, emnist_class_names(set));
  return data.add_input({1, files.width(), files.height()},
                        upright(files.read_images(), as_size(files.height()), as_size(files.width())));
}

}  // namespace cambium
