// Cells that stand for a value that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cambium {

class MissingTexts {
 public:
  explicit MissingTexts(const std::vector<std::string>& texts);
  void add(const std::string& text);

  // The cell is one of these texts, or the same number as one of them: 1000000000 as well as 1e9.
  bool has(std::string_view cell) const;
  bool has_number() const { return !numbers_.empty(); }  // a cell that is a number may stand for a missing one
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::vector<double> numbers_;  // those of the texts that are numbers
};

}  // namespace cambium
