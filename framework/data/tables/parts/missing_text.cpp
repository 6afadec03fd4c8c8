#include "cambium/framework/data/tables/parts/missing_text.h"

#include <algorithm>

#include "cambium/framework/data/tables/parts/number_text.h"

namespace cambium {

MissingTexts::MissingTexts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) add(text);
}

void MissingTexts::add(const std::string& text) {
  double value = 0;
  if (read_number(text, value) == NumberText::number) numbers_.push_back(value);
  texts_.push_back(text);
}

bool MissingTexts::has(std::string_view cell) const {
  if (std::ranges::find(texts_, cell) != texts_.end()) return true;
  double value = 0;
  return has_number() && read_number(cell, value) == NumberText::number && std::ranges::find(numbers_, value) != numbers_.end();
}

}  // namespace cambium
