// New rows of a table whose format is known.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cambium/framework/data/tables/csv_options.h"
#include "cambium/framework/data/tables/parts/heading.h"
#include "cambium/framework/data/tables/parts/missing_text.h"

namespace cambium {

class NewRows {
 public:
  NewRows(const std::string& path, const TableFormat& format, const NewRowOptions& options);
  NewRows(const NewRows&) = delete;
  NewRows& operator=(const NewRows&) = delete;

  bool next(std::span<real> values);
  bool by_place() const { return by_place_; }
  std::size_t columns() const { return columns_; }
  bool has_label() const { return label_.column != nullptr; }
  int label_class() const { return label_class_; }
  real label_value() const { return label_value_; }
  const std::optional<FarCell>& far() const { return far_; }
  const std::string* filled() const { return filled_; }
  std::string_view id(std::size_t which) const { return rows_.value(ids_[which]); }
  const CsvRows& rows() const { return rows_; }

 private:
  struct Cell {
    const TableFormat::Column* column = nullptr;
    std::size_t place = 0;                                      // in a row of the file
    std::unordered_map<std::string_view, std::size_t> codes{};  // of categories or classes
  };

  bool first_row();
  void find_separator();
  bool is_header() const;
  void find_by_name(const std::vector<std::string>& names);
  void find_by_place();
  void find_ids(const std::vector<std::string>& names);
  void use(std::size_t column, std::size_t place);
  [[noreturn]] void fail_missing_columns(const std::vector<std::string>& names, const std::vector<std::size_t>& missing) const;
  [[noreturn]] void fail(const Cell& cell, const std::string& problem, const std::string& remedy) const;
  real number(const Cell& cell);
  real seen(const Cell& cell, double number, std::string_view text);
  void one_hot(const Cell& cell, real* values);
  void fill(const Cell& cell);
  void read_label();

  TableFormat format_;
  MissingTexts missing_;
  NewRowOptions options_;
  CsvRows rows_;
  std::vector<Cell> inputs_;
  Cell label_;
  std::vector<std::size_t> ids_;  // places
  std::size_t columns_ = 0;       // of every row
  bool by_place_ = false;         // there is no header, where the format has one
  bool waiting_ = false;          // the first row is read, and no header
  std::optional<FarCell> far_;
  const std::string* filled_ = nullptr;
  int label_class_ = 0;
  real label_value_ = 0;
};

}  // namespace cambium
