// The grammar of a line of layers: commas, brackets and words, and the places of errors.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"

namespace cambium::models::line {

struct Word {
  std::string text;
  std::size_t column;  // from 1
};

struct LayerText {
  std::string text;  // as it stands in the line
  std::size_t column;
  std::size_t number;       // from 1, in the model; where the layer is repeated, of the first
  std::vector<Word> words;  // at least one. '=' and ':' are words of their own; what stands in brackets is part of one
};

struct LineText {
  std::vector<LayerText> layers;
  std::vector<std::size_t> order;  // indices of these, as often as they come
};

// Throws Error for what has no layers, is too long, holds other than printable ASCII and blanks, or has commas and brackets wrong.
LineText split(const std::string& line);

// "column 7 of the line: ..."
Error at_column(std::size_t column, const std::string& problem, const std::string& remedy);
// "column 7 of the line, layer 2 'conv 16 q5': ..."
Error in_layer(const LayerText& layer, std::size_t column, const std::string& problem, const std::string& remedy);
// A remedy of the library as it is written here: ".pad = 2 or fewer poolings" is "pad=2 or fewer poolings".
std::string in_line_words(const std::string& remedy);

}  // namespace cambium::models::line
