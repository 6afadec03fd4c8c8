#include "cambium/framework/data/tables/parts/missing_text.h"

#include <algorithm>

#include "cambium/framework/data/tables/parts/number_text.h"

namespace cambium {

bool stands_for_missing(std::string_view cell, const std::vector<std::string>& texts) {
  if (std::ranges::find(texts, cell) != texts.end()) return true;
  double value = 0;
  if (read_number(cell, value) != NumberText::number) return false;
  return std::ranges::any_of(texts, [&](const std::string& text) {
    double other = 0;
    return read_number(text, other) == NumberText::number && other == value;
  });
}

}  // namespace cambium
