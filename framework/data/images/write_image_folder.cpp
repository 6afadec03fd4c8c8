#include "cambium/framework/data/images/write_image_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <system_error>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/picture.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

// The folder while it is being written; gone with what is in it unless it was completed.
class PartialFolder {
 public:
  explicit PartialFolder(const std::string& folder)
      : folder_(folder.substr(0, folder.find_last_not_of('/') + 1)), partial_(folder_ + ".partial") {
    std::error_code error;
    if (fs::exists(folder_, error) && !(fs::is_directory(folder_, error) && fs::is_empty(folder_, error)))
      throw Error(folder_ + ": is there already, and not an empty folder", "another name, or removing it");
    if (fs::exists(partial_, error)) throw Error(partial_ + ": is there already, where the new folder is made", "removing it");
    if (!fs::create_directory(partial_, error)) fail(partial_, "cannot be made", error);
  }
  ~PartialFolder() {
    std::error_code ignored;
    if (!complete_) fs::remove_all(partial_, ignored);
  }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;

  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
    const std::string path = partial_ + "/" + name;
    std::error_code error;
    fs::create_directory(fs::path(path).parent_path(), error);
    errno = 0;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) fail(path, "cannot be written", {errno, std::generic_category()});
  }

  void complete() {
    const int opened = open(partial_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool on_disk = opened >= 0 && syncfs(opened) == 0;
    const std::error_code why(errno, std::generic_category());
    if (opened >= 0) close(opened);
    if (!on_disk) fail(partial_, "did not reach the disk", why);
    std::error_code error;
    fs::rename(partial_, folder_, error);
    if (error) fail(folder_, "cannot be put in its place", error);
    complete_ = true;
  }

 private:
  [[noreturn]] static void fail(const std::string& path, const std::string& what, std::error_code error) {
    throw Error(path + ": " + what + ": " + error.message(), "another folder, where you may write and there is room");
  }

  std::string folder_, partial_;
  bool complete_ = false;
};

void check_set(const std::string& folder, const Dataset& set) {
  const std::vector<Shape> inputs = set.input_shapes();
  const auto targets = set.target_kinds();
  const bool image = inputs.size() == 1 && inputs[0].is_image() && (inputs[0][0] == 1 || inputs[0][0] == 3);
  if (!image || targets.size() != 1 || targets[0].classes < 1 || targets[0].shape.size() > 1)
    throw Error(
        fmt::format("{}: cannot be written: {}, and one image of 1 or 3 channels with one label is needed", folder, set.describe()),
        "another data set");
}

std::vector<std::string> folder_names(const std::string& folder, const Dataset& set) {
  std::vector<std::string> names = set.class_names();
  const int classes = set.target_kinds()[0].classes;
  const std::size_t digits = std::to_string(classes - 1).size();
  for (int i = 0; names.size() < as_size(classes); ++i) names.push_back(fmt::format("{:0{}}", i, digits));
  constexpr std::size_t longest = 255;
  for (const std::string& name : names) {
    const bool good =
        !name.empty() && name[0] != '.' && name.size() <= longest && name.find('/') == name.npos && name.find('\0') == name.npos;
    if (!good || std::count(names.begin(), names.end(), name) > 1)
      throw Error(folder + ": cannot be written: no folder can be called as class " + in_quotes(name) + " is",
                  "names of 1 to 255 bytes, each once, without a slash, and no dot in front");
  }
  return names;
}

Picture picture_of(const Dataset& set, std::int64_t row, ConstView view) {
  Picture picture = {view.shape[0], view.shape[1], view.shape[2], {}};
  picture.bytes.reserve(view.size());
  for (const real value : view) {
    if (!(value >= 0 && value <= real(1.0001)))
      throw Error(fmt::format("{} holds {}, and a picture has values from 0 to 1", set.name_of_row(row), value),
                  "scaling the values before");
    picture.bytes.push_back(static_cast<std::uint8_t>(std::lround(std::min(value, real(1)) * 255)));
  }
  return picture;
}

}  // namespace

void write_image_folder(const std::string& folder, const Dataset& set) {
  check_set(folder, set);
  const std::vector<std::string> names = folder_names(folder, set);
  const std::size_t digits = std::to_string(set.size() - 1).size();
  std::vector<real> values(as_size(set.input_shapes()[0].size()));
  std::vector<int> label(1);
  const View view = {values.data(), set.input_shapes()[0], 1};
  const std::span<int> labels[] = {label};
  const View no_values[1] = {};
  PartialFolder partial(folder);
  for (std::int64_t row = 0; row < set.size(); ++row) {
    set.fetch({&row, 1}, {&view, 1}, labels, no_values);
    set.check_fetched();
    const std::string name = fmt::format("{}/{:0{}}.png", names[as_size(label[0])], row, digits);
    partial.write(name, encode_png(picture_of(set, row, view), folder + "/" + name));
  }
  partial.complete();
}

}  // namespace cambium
