#include "cambium/framework/data/mnist.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/idx.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

const char* stem(Split part) { return part == Split::train ? "train" : "t10k"; }

// The file of this kind ("images", 3 sizes) in the folder, under one of its usual names.
std::string find_file(const std::string& folder, const std::string& part, const std::string& kind, int rank) {
  std::error_code ignored;  // what is not there is simply not found
  if (!fs::is_directory(folder, ignored))
    throw Error(fmt::format("{} is not a folder, and {}-{}-idx{}-ubyte is looked for in it", folder, part, kind, rank),
                "the folder of the data set");
  std::string tried, other;
  for (const char joint : {'-', '.'})
    for (const char* end : {"", ".gz"}) {
      const std::string name = fmt::format("{}-{}{}idx{}-ubyte{}", part, kind, joint, rank, end);
      const fs::path path = fs::path(folder) / name;
      if (fs::is_regular_file(path, ignored)) return path.string();
      if (other.empty() && fs::symlink_status(path, ignored).type() != fs::file_type::not_found) other = path.string();
      tried += (tried.empty() ? "" : ", ") + name;
    }
  if (!other.empty()) return other;  // who opens it says what it is
  throw Error(fmt::format("no {} in {}: looked for {}", kind, folder, tried), "one of these names");
}

std::vector<std::uint8_t> bytes_of(const std::string& path) {
  IdxArray array = read_idx(path);
  auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values);
  if (bytes == nullptr) throw Error(path + ": became another file while it was read", "reading it again");
  return std::move(*bytes);
}

// By their headers alone: nothing is unpacked of files that do not belong together.
IdxHeader checked_header(const std::string& path, std::size_t rank) {
  IdxHeader header = read_idx_header(path);
  if (header.type != "u8" || header.sizes.size() != rank)
    throw Error(fmt::format("{}: {} where bytes of {} are needed", path, header.str(),
                            rank == 3 ? "count x height x width" : "one size, the count"),
                "the file that belongs there");
  return header;
}

Shape shape_of(const IdxHeader& images) { return {1, images.sizes[1], images.sizes[2]}; }

}  // namespace

Shape mnist_shape(const std::string& folder, Split part) {
  return shape_of(checked_header(find_file(folder, stem(part), "images", 3), 3));
}

MemoryDataset load_mnist(const std::string& folder, Split part, std::vector<std::string> class_names) {
  const std::string image_path = find_file(folder, stem(part), "images", 3);
  const std::string label_path = find_file(folder, stem(part), "labels", 1);
  const IdxHeader images = checked_header(image_path, 3), labels = checked_header(label_path, 1);
  if (images.sizes[0] != labels.sizes[0])
    throw Error(fmt::format("{} has {} images, and {} has {} labels", image_path, images.sizes[0], label_path, labels.sizes[0]),
                "two files that belong together");
  const std::vector<std::uint8_t> digits = bytes_of(label_path);
  const int classes = class_names.empty() ? 10 : static_cast<int>(class_names.size());
  MemoryDataset set;
  try {
    set.add_target({digits.begin(), digits.end()}, classes).name_classes(std::move(class_names));
  } catch (const Error& error) {
    throw Error(label_path + ": " + error.problem(), error.remedy());
  }
  return set.add_input(shape_of(images), bytes_of(image_path));
}

}  // namespace cambium
