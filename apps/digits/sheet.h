// A picture that shows many digits at once.
#pragma once

#include <string>

#include "cambium/framework/data/digits/digits.h"

// Writes a grey PNG with ten rows, one for each digit, and up to `columns` samples in each: dark ink on white paper, every pixel
// twice as large. The file is written whole or not at all; an Error says why not.
void write_sheet(const std::string& path, const cambium::DigitImages& digits, int columns);
