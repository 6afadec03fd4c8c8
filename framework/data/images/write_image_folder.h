// A data set of pictures as a folder of PNG files.
#pragma once

#include <string>

#include "cambium/framework/data/dataset.h"

namespace cambium {

// Writes each sample as FOLDER/CLASS/NUMBER.png, with as many digits for every number: ImageFolder reads them back class after
// class, and in the order of the set within one. A class without a name is called by its number, and has no folder without a
// sample. Values 0 .. 1 become bytes, value * 255, rounded: what was bytes before comes back as it was. The folder must not exist,
// or be empty; it appears under its name when all is written and on the disk, and is called FOLDER.partial before.
//
// Errors: a set of more than one input or target, or whose input is no image of 1 or 3 channels, or whose target is no label; a
// value beyond 0 .. 1, with the row; a class that no folder can be called by; whatever the system refuses.
void write_image_folder(const std::string& folder, const Dataset& set);

}  // namespace cambium
