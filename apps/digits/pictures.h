// Made digits as PNG files, a folder for each class.
#pragma once

#include <string>

#include "cambium/framework/data/digits/digits.h"

// Makes the folder; throws unless `train` and `test` in it can be made. An empty name is no folder.
void check_pictures(const std::string& folder);

// FOLDER/train/7/0123.png and FOLDER/test/7/0123.png.
void write_pictures(const std::string& folder, cambium::Split split, const cambium::DigitImages& digits);
