#include "cambium/framework/files/folder_names.h"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace cambium {

std::vector<std::string> names_in_folder(const std::string& folder, std::error_code& error) {
  struct Close {
    void operator()(DIR* opened) const { closedir(opened); }
  };
  const std::unique_ptr<DIR, Close> opened(opendir(folder.c_str()));
  std::vector<std::string> names;
  error.clear();
  if (!opened) return error.assign(errno, std::generic_category()), names;
  while (true) {
    errno = 0;
    const dirent* const entry = readdir(opened.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) error.assign(errno, std::generic_category()), names.clear();
  return names;
}

}  // namespace cambium
