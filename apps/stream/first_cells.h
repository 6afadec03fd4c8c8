// The cells that say what each column is, a number or a text.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "apps/stream/options.h"
#include "apps/stream/rows.h"

namespace stream {

// Of each column the cell of the first row; where that is missing, the first one that is not in the 1,000 rows from the start of
// the first file on, which is read ahead for it. A pipe cannot be, and there the cell stays missing.
class FirstCells {
 public:
  FirstCells(const Options& options, const std::vector<Cell>& first);
  const std::vector<Cell>& cells() const { return cells_; }

 private:
  void look_ahead(const Options& options);

  std::vector<Cell> cells_;
  std::deque<std::string> texts_;  // of cells that were found ahead
};

}  // namespace stream
