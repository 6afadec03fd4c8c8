#include "apps/common/data_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/models/recipe.h"

namespace apps {

using cambium::Error;

namespace {

// Whether it is a folder with pictures, or with folders of them.
bool has_pictures(const std::string& folder) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder, unknown)) return false;
  try {
    return !cambium::picture_files(folder).empty();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

DataPlace place_of(const std::string& option, const std::string& text, const std::vector<DataKind>& kinds) {
  const std::size_t colon = text.find(':');
  const DataPlace place{text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 1)};
  std::vector<std::string> names;
  for (const DataKind& kind : kinds) names.emplace_back(kind.name);
  if (colon == std::string::npos && is_named_like_table(text))
    throw Error(fmt::format("{}{} does not say what kind of data it is", option, text), option + "csv:" + text);
  if (colon == std::string::npos && std::ranges::find(names, text) == names.end() && has_pictures(text))
    throw Error(fmt::format("{}{} does not say what kind of data it is", option, text), option + "images:" + text);
  cambium::models::check_name("data", place.kind, names);
  const DataKind& kind = *std::ranges::find(kinds, place.kind, [](const DataKind& one) { return std::string(one.name); });
  const bool needs_where = *kind.where != '\0';
  if (needs_where && place.where.empty())
    throw Error(fmt::format("{}{} does not say where it is", option, place.kind),
                fmt::format("{}{}:{}", option, place.kind, kind.where));
  if (!needs_where && colon != std::string::npos)
    throw Error(fmt::format("{}{}: '{}' has no place here", option, place.kind, place.where), option + place.kind);
  return place;
}

bool is_named_like_table(const std::string& file) {
  const std::string name = file.ends_with(".gz") ? file.substr(0, file.size() - 3) : file;
  return name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".txt");
}

std::string without_kind(const std::string& text, const std::vector<std::string>& kinds) {
  std::error_code unknown;
  for (const std::string& kind : kinds)
    if (text.size() > kind.size() + 1 && text.starts_with(kind + ':') && !std::filesystem::exists(text, unknown))
      return text.substr(kind.size() + 1);
  return text;
}

std::pair<std::string, std::string> two_files(const std::string& who, const std::string& before, const std::string& files) {
  const std::size_t comma = files.find(',');
  if (comma == std::string::npos || comma == 0 || comma + 1 == files.size())
    throw Error(who + " needs two files with a comma between them", before + "X.npy,Y.npy");
  return {files.substr(0, comma), files.substr(comma + 1)};
}

const std::vector<std::string>& fashion_names() {
  static const std::vector<std::string> names{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                              "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

std::string last_name(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

}  // namespace apps
