// Pictures in a folder whose classes nobody knows yet.
#pragma once

#include <string>
#include <vector>

namespace cambium {

// As paths: the pictures that lie in the folder, then those of each folder in it, by name; hidden files and what is no picture by
// its name are left out. Pictures of other kinds than PNG and JPEG (.gif, .webp, .heic, ...) are among them: they are an error when
// they are read, unless they are called otherwise than they are. Errors: no folder, no pictures.
std::vector<std::string> picture_files(const std::string& folder);

}  // namespace cambium
