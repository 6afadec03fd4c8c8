// What lies in a folder of class folders, by names alone.
#pragma once

#include <string>
#include <vector>

namespace cambium {

struct ClassFolders {
  struct File {
    int label;
    std::string name;  // in the folder of its class
  };
  std::vector<std::string> classes;
  std::vector<File> files;  // class after class
};

// `classes`: those that are known, in the order of their numbers; none: those that are there. Errors as in image_folder.h.
ClassFolders list_class_folders(const std::string& folder, const std::vector<std::string>& classes);

}  // namespace cambium
