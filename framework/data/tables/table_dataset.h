// A dataset whose rows are lines of a file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/data/memory_dataset.h"

namespace cambium {

// Which line of its file a row was read from. Takes memory only where lines are left out: blank ones, rows that were left out,
// cells with line breaks.
class RowLines {
 public:
  void add(std::int64_t line);  // of the next row; lines go up
  std::int64_t operator[](std::int64_t row) const;

 private:
  struct Run {
    std::int64_t row;
    std::int64_t line;
  };
  std::vector<Run> runs_;  // from this row on, one line a row
  std::int64_t rows_ = 0;
  std::int64_t next_ = 0;
};

// What a MemoryDataset is, but messages name a row by its file and line. Parts that are made of it (subset, head, split) do as
// well.
class TableDataset : public MemoryDataset {
 public:
  TableDataset() = default;
  TableDataset(MemoryDataset set, std::string file, RowLines lines, bool by_place = false)
      : MemoryDataset(std::move(set)), file_(std::move(file)), lines_(std::move(lines)), by_place_(by_place) {}

  std::int64_t line_of(std::int64_t row) const { return lines_[row]; }
  bool by_place() const { return by_place_; }                // no header, where the format of its new rows has one
  std::string name_of_row(std::int64_t row) const override;  // "line 18 of cars.csv"

  Subset subset(std::vector<std::int64_t> rows) const;
  Subset head(std::int64_t n) const;

 private:
  std::string file_;
  RowLines lines_;
  bool by_place_ = false;
};

TrainAndValidation split(const TableDataset& whole, std::int64_t validate_count, std::uint64_t seed);

}  // namespace cambium
