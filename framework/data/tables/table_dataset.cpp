#include "cambium/framework/data/tables/table_dataset.h"

#include <algorithm>

namespace cambium {

void RowLines::add(std::int64_t line) {
  if (runs_.empty() || line != next_) runs_.push_back({rows_, line});
  ++rows_;
  next_ = line + 1;
}

std::int64_t RowLines::operator[](std::int64_t row) const {
  const auto after = std::upper_bound(runs_.begin(), runs_.end(), row, [](std::int64_t r, const Run& run) { return r < run.row; });
  if (after == runs_.begin()) return 0;
  const Run& run = *(after - 1);
  return run.line + (row - run.row);
}

std::string TableDataset::name_of_row(std::int64_t row) const { return "line " + std::to_string(line_of(row)) + " of " + file_; }

Subset TableDataset::subset(std::vector<std::int64_t> rows) const {
  return Subset(std::make_shared<TableDataset>(*this), std::move(rows));
}

Subset TableDataset::head(std::int64_t n) const { return cambium::head(std::make_shared<TableDataset>(*this), n); }

TrainAndValidation split(const TableDataset& whole, std::int64_t validate_count, std::uint64_t seed) {
  return split(std::make_shared<TableDataset>(whole), validate_count, seed);
}

}  // namespace cambium
