// A table that is read for the first time.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/tables/csv_options.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/data/tables/parts/column_fault.h"
#include "cambium/framework/data/tables/parts/column_reader.h"

namespace cambium {

// Goes through the file once. Values are stored row after row, as the columns' readers give them; at the end, when it is known what
// the columns are, every row becomes a sample in the same memory.
class FirstReading {
 public:
  FirstReading(const std::string& path, const CsvOptions& options);
  std::vector<std::string> read_names();  // of the columns, and no more
  Table read();                           // instead

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const;
  void make_columns(const std::vector<std::string>& names);
  std::size_t column(const std::vector<std::string>& names, const std::string& wanted, const std::string& what);
  ColumnRules rules_of_input(bool category) const;
  ColumnRules rules_of_label() const;
  void add_row();
  void add_label_cell();
  void finish_columns();
  [[noreturn]] void fail_with_others(std::size_t input, bool in_row, const ColumnFault& first);
  [[noreturn]] void fail_with_cells(std::size_t reader, bool in_row, const CellFault& first);
  [[noreturn]] void fail_with_rows(const Error& first);
  bool leaves_out() const;
  void count_missing();
  real* row(std::size_t r) { return values_.data() + r * inputs_.size(); }
  std::size_t width_so_far() const;

  void finish_input(std::size_t input);
  void find_ranges();
  void find_means();
  void expand();
  void write_sample(const real* cells, real* sample);
  void add_label(MemoryDataset& set);
  void add_classes(MemoryDataset& set, const ColumnReader& reader);

  // What the cells of an input that are stored as entries stand for, and how many values it takes in a sample.
  struct Output {
    std::vector<real> entries;  // empty: the numbers themselves are stored
    real missing = 0;           // what replaces NaN
    std::size_t width = 1;      // above 1, or `names`: one-hot
    bool names = false;
  };

  const CsvOptions& options_;
  CsvRows rows_;
  MissingTexts missing_texts_;
  TableFormat format_;
  std::vector<std::size_t> inputs_;    // columns
  std::vector<ColumnReader> readers_;  // of inputs, and behind them of the label
  std::vector<Output> outputs_;
  std::size_t label_ = 0;  // column; meant only where there is one
  bool has_label_ = false;
  std::vector<real> values_, label_values_;
  std::size_t count_ = 0, seen_ = 0;   // rows: kept, read
  std::int64_t filled_ = 0;            // missing cells
  std::vector<std::int64_t> missing_;  // of each reader: rows that are left out for its cell, perhaps for others as well
  RowLines lines_;
};

}  // namespace cambium
