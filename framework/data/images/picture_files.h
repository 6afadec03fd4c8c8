// Pictures in a folder whose classes nobody knows yet.
#pragma once

#include <string>
#include <vector>

namespace cambium {

// Whether pictures of other kinds than PNG and JPEG (.gif, .webp, .heic, ...) are an error, or are listed with the others and will
// be an error when they are read.
enum class OtherPictures { refused, listed };

// As paths: the pictures that lie in the folder, then those of each folder in it, by name; hidden files and what is no picture by
// its name are left out. Errors: no folder, no pictures, a picture of another kind where those are refused.
std::vector<std::string> picture_files(const std::string& folder, OtherPictures others = OtherPictures::refused);

}  // namespace cambium
