#include "cambium/framework/data/parts/image_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/idx.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> bytes_of(const std::string& path) {
  IdxArray array = read_idx(path);
  auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values);
  if (bytes == nullptr) throw Error(path + ": became another file while it was read", "reading it again");
  return std::move(*bytes);
}

IdxHeader checked_header(const std::string& path, std::size_t rank) {
  IdxHeader header = read_idx_header(path);
  if (header.type != "u8" || header.sizes.size() != rank)
    throw Error(fmt::format("{}: {} where bytes of {} are needed", path, header.str(),
                            rank == 3 ? "count x height x width" : "one size, the count"),
                "the file that belongs there");
  return header;
}

}  // namespace

std::string seek_data_file(const std::vector<std::string>& folders, const std::vector<std::string>& names) {
  std::error_code ignored;  // what is not there is simply not found
  std::string other;
  for (const std::string& folder : folders)
    for (const std::string& name : names) {
      const fs::path path = fs::path(folder) / name;
      if (fs::is_regular_file(path, ignored)) return path.string();
      if (other.empty() && fs::symlink_status(path, ignored).type() != fs::file_type::not_found) other = path.string();
    }
  return other;
}

std::string find_data_file(const std::string& what, const std::vector<std::string>& folders,
                           const std::vector<std::string>& names) {
  std::error_code ignored;
  if (!fs::is_directory(folders[0], ignored))
    throw Error(fmt::format("{} is not a folder, and {} is looked for in it", folders[0], names[0]), "the folder of the data set");
  if (std::string path = seek_data_file(folders, names); !path.empty()) return path;
  std::string tried, also;
  for (const std::string& name : names) tried += (tried.empty() ? "" : ", ") + name;
  for (std::size_t i = 1; i < folders.size(); ++i) also += ", also in " + folders[i];
  throw Error(fmt::format("no {} in {}: looked for {}{}", what, folders[0], tried, also), "one of these names");
}

Shape image_shape(const std::string& image_path) {
  const IdxHeader header = checked_header(image_path, 3);
  return {1, header.sizes[1], header.sizes[2]};
}

ImageFiles::ImageFiles(std::string image_path, std::string label_path)
    : image_path_(std::move(image_path)), label_path_(std::move(label_path)) {
  const IdxHeader images = checked_header(image_path_, 3), labels = checked_header(label_path_, 1);
  if (images.sizes[0] != labels.sizes[0])
    throw Error(fmt::format("{} has {} images, and {} has {} labels", image_path_, images.sizes[0], label_path_, labels.sizes[0]),
                "two files that belong together");
  height_ = images.sizes[1], width_ = images.sizes[2];
}

std::vector<std::uint8_t> ImageFiles::read_images() const { return bytes_of(image_path_); }

std::vector<std::uint8_t> ImageFiles::read_labels() const { return bytes_of(label_path_); }

void ImageFiles::add_labels(MemoryDataset& set, std::vector<int> labels, int classes, std::vector<std::string> names) const {
  try {
    set.add_target(std::move(labels), classes).name_classes(std::move(names));
  } catch (const Error& error) {
    throw Error(label_path_ + ": " + error.problem(), error.remedy());
  }
}

}  // namespace cambium
