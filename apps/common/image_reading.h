// How pictures become samples, as options say it and as a model's file keeps it.
#pragma once

#include <string>

#include "cambium/framework/data/images/image_folder.h"

namespace apps {

// refuse, resize or crop; --fit. Error: another word, with the closest one.
cambium::Fit fit_of(const std::string& word);

// "32", "32x48" (height x width) or "3x32x48" into the options. Error: another text.
void read_size(const std::string& option, const std::string& text, cambium::ImageFolderOptions& options);

// As JSON, for the description of a model, and back. Errors begin with `who`.
std::string image_reading(const cambium::ImageFolderOptions& options);
cambium::ImageFolderOptions image_reading_of(const std::string& text, const std::string& who);

}  // namespace apps
