#include "cambium/framework/data/images/parts/class_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/letters.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/parts/unreadable.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/framework/files/folder_names.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

constexpr const char* the_right_folder = "the folder whose folders are the classes";

enum class Ending { picture, other_picture, other };

Ending ending_of(const std::string& name) {
  const std::string end = in_small_letters(name.substr(std::min(name.rfind('.'), name.size())));
  const auto among = [&](std::initializer_list<const char*> list) {
    return std::any_of(list.begin(), list.end(), [&](const char* e) { return end == e; });
  };
  if (among({".png", ".jpg", ".jpeg", ".jpe", ".jfif"})) return Ending::picture;
  const bool other =
      among({".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".ppm", ".pgm", ".svg"});
  return other ? Ending::other_picture : Ending::other;
}

struct Names {
  std::vector<std::string> folders, pictures, other_pictures;
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
    else if (const Ending ending = ending_of(name); ending == Ending::other)
      ++names.others;
    else
      (ending == Ending::picture ? names.pictures : names.other_pictures).push_back(name);
  }
  if (error) throw Error(folder + ": cannot be read: " + error.message(), "a folder that you may read");
  for (auto* list : {&names.folders, &names.pictures, &names.other_pictures}) std::ranges::sort(*list);
  return names;
}

// By their names in the folder.
void refuse_other_pictures(const std::string& folder, const std::vector<std::string>& names) {
  if (names.empty()) return;
  throw with_others(Error(folder + "/" + names[0] + ": is named as a picture that cannot be read: PNG and JPEG are",
                          "a copy as .png or .jpg, which ImageMagick's convert makes"),
                    {names.begin() + 1, names.end()});
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
  refuse_other_pictures(folder, names.other_pictures);
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
void check_class(const std::string& path, const Names& names) {
  if (!names.folders.empty())
    throw Error(
        fmt::format("{}: holds a folder, {}, and a class is a folder of pictures", path, in_quotes(names.folders[0])),
        names.pictures.empty() ? "this folder itself, if the classes are in it" : "moving its pictures up, or the folder away");
  if (names.pictures.empty() && names.other_pictures.empty())
    throw Error(fmt::format("{}: the class has no pictures: no .png, .jpg or .jpeg{}", path,
                            names.others == 0 ? "" : fmt::format(" among {} files", names.others)),
                "putting some there, or moving the folder away");
}

}  // namespace

std::vector<std::string> picture_files(const std::string& folder, OtherPictures others) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw Error(folder + ": is no folder, and pictures are looked for in it", "a folder");
  std::vector<std::string> pictures, other_pictures;
  const auto list = [&](const std::string& place, const Names& names) {
    for (const std::string& name : names.pictures) pictures.push_back(place + name);
    for (const std::string& name : names.other_pictures)
      (others == OtherPictures::listed ? pictures : other_pictures).push_back(place + name);
  };
  const Names here = names_in(folder);
  list("", here);
  for (const std::string& name : here.folders) list(name + "/", names_in(folder + "/" + name));
  refuse_other_pictures(folder, other_pictures);
  if (pictures.empty()) throw Error(folder + ": has no pictures in it: no .png, .jpg or .jpeg", "the folder that they are in");
  for (std::string& name : pictures) name.insert(0, folder.ends_with('/') ? folder : folder + "/");
  return pictures;
}

ClassFolders list_class_folders(const std::string& folder, const std::vector<std::string>& classes) {
  const std::vector<std::string> found = class_folders(folder);
  ClassFolders all = {classes.empty() ? found : classes, {}};
  std::vector<std::string> other_pictures;
  for (const std::string& name : found) {
    const int label = number_of(folder, name, all.classes);
    const std::string path = folder + "/" + name;
    Names names = names_in(path);
    check_class(path, names);
    for (std::string& picture : names.pictures) all.files.push_back({label, std::move(picture)});
    for (const std::string& picture : names.other_pictures) other_pictures.push_back(name + "/" + picture);
  }
  refuse_other_pictures(folder, other_pictures);
  return all;
}

}  // namespace cambium
