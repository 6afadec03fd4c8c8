#include "cambium/framework/data/images/parts/class_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/letters.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/framework/files/folder_names.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

constexpr const char* the_right_folder = "the folder whose folders are the classes";

// Of one kind or another: what cannot be read is to be named.
bool is_named_as_picture(const std::string& name) {
  static const std::set<std::string> endings{".png",  ".jpg",  ".jpeg", ".jpe",  ".jfif", ".gif", ".bmp", ".webp", ".tif",
                                             ".tiff", ".heic", ".heif", ".avif", ".jxl",  ".jp2", ".ppm", ".pgm",  ".svg"};
  return endings.contains(in_small_letters(name.substr(std::min(name.rfind('.'), name.size()))));
}

struct Names {
  std::vector<std::string> folders, pictures;
  int others = 0;  // files of no picture's name
};

// Sorted.
Names names_in(const std::string& folder) {
  Names names;
  std::error_code error, ignored;
  for (const std::string& name : names_in_folder(folder, error)) {
    if (name[0] == '.') continue;
    if (fs::is_directory(folder + '/' + name, ignored))
      names.folders.push_back(name);
    else if (is_named_as_picture(name))
      names.pictures.push_back(name);
    else
      ++names.others;
  }
  if (error) throw Error(folder + ": cannot be read: " + error.message(), "a folder that you may read");
  std::ranges::sort(names.folders);
  std::ranges::sort(names.pictures);
  return names;
}

std::vector<std::string> class_folders(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw Error(folder + ": is no folder, and folders with pictures are looked for in it", the_right_folder);
  Names names = names_in(folder);
  if (!names.pictures.empty())
    throw Error(fmt::format("{}: {} of {} pictures lies directly in it, and a class is a folder with its pictures", folder,
                            in_quotes(names.pictures[0]), names.pictures.size()),
                names.folders.empty() ? "a folder for each class in it, or the folder above" : "moving it into a class, or away");
  if (names.folders.empty()) throw Error(folder + ": has no folders in it, and each class is one", the_right_folder);
  for (const std::string& name : names.folders)
    if (!is_utf8(name)) throw Error(folder + ": the name of class " + in_quotes(name) + " is no UTF-8", "renaming the folder");
  return std::move(names.folders);
}

int number_of(const std::string& folder, const std::string& name, const std::vector<std::string>& classes) {
  const auto found = std::find(classes.begin(), classes.end(), name);
  if (found == classes.end())
    throw Error(
        fmt::format("{}/{}: is none of the {} classes that are known{}", folder, name, classes.size(), did_you_mean(name, classes)),
        "renaming the folder as its class is called, or moving it away");
  return static_cast<int>(found - classes.begin());
}

// Throws for a class without pictures, and for one that has folders, in which some may lie.
std::vector<std::string> pictures_in(const std::string& path) {
  Names names = names_in(path);
  if (!names.folders.empty())
    throw Error(
        fmt::format("{}: holds a folder, {}, and a class is a folder of pictures", path, in_quotes(names.folders[0])),
        names.pictures.empty() ? "this folder itself, if the classes are in it" : "moving its pictures up, or the folder away");
  if (names.pictures.empty())
    throw Error(fmt::format("{}: the class has no pictures: no .png, .jpg or .jpeg{}", path,
                            names.others == 0 ? "" : fmt::format(" among {} files", names.others)),
                "putting some there, or moving the folder away");
  return std::move(names.pictures);
}

}  // namespace

std::vector<std::string> picture_files(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw Error(folder + ": is no folder, and pictures are looked for in it", "a folder");
  const std::string path = folder.ends_with('/') ? folder : folder + "/";
  const Names here = names_in(folder);
  std::vector<std::string> files;
  for (const std::string& name : here.pictures) files.push_back(path + name);
  for (const std::string& name : here.folders)
    for (const std::string& picture : names_in(path + name).pictures) files.push_back(path + name + "/" + picture);
  if (files.empty()) throw Error(folder + ": has no pictures in it: no .png, .jpg or .jpeg", "the folder that they are in");
  return files;
}

ClassFolders list_class_folders(const std::string& folder, const std::vector<std::string>& classes) {
  const std::vector<std::string> found = class_folders(folder);
  ClassFolders all = {classes.empty() ? found : classes, {}};
  for (const std::string& name : found) {
    const int label = number_of(folder, name, all.classes);
    for (std::string& picture : pictures_in(folder + "/" + name)) all.files.push_back({label, std::move(picture)});
  }
  return all;
}

}  // namespace cambium
