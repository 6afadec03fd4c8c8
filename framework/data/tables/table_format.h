// What was done to the columns of a table, so that it can be done again to new rows.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/shape.h"

namespace cambium {

// A row of cells becomes one sample: the input columns in the order of `columns`, a number as one value, a category as one value
// for each of its categories, 1 at the one that the cell names and 0 at the others (one-hot). All that it takes is in here and in
// text(), which a model's file keeps; numbers come back from it with all their bits.
struct TableFormat {
  enum class Kind { number, category, label, left_out };

  struct Column {
    std::string name;  // of the header, or "column 3" where it has none; no two are equal
    Kind kind = Kind::number;
    std::vector<std::string> categories{};   // of a category, sorted by bytes, at least one
    std::optional<double> missing_number{};  // of a number: what a missing cell is read as; nothing: it is refused
    // Of a category: the same; one of `categories`, or, with unknown_as_zeros, "" for none of them.
    std::optional<std::string> missing_category{};
    // Of a number: the least and the largest that the first table had, for who wants to know of new ones far beyond them.
    std::optional<std::pair<double, double>> range{};
    friend bool operator==(const Column&, const Column&) = default;
  };

  char separator = ',';
  bool header = true;                      // the first row holds names
  std::vector<Column> columns;             // as the file has them; at least one input, at most one label
  std::vector<std::string> classes;        // names of the label's classes; empty where it is a value, or there is none
  std::vector<std::string> missing_texts;  // what a missing cell holds
  bool unknown_as_zeros = false;           // a category that was never seen is 0 everywhere; else it is refused

  Shape input_shape() const;                      // of one sample: Shape{column_names().size()}
  std::vector<std::string> column_names() const;  // of its values: "age", "colour=blue", "colour=red"
  const Column* label() const;                    // null where there is none

  // "20 columns: 17 numbers, 2 categories, 1 left out; label 'kind' of 3 classes"
  std::string describe() const;

  // As JSON on one line.
  std::string text() const;
  // What text() wrote. Everything is checked, whoever wrote it; errors begin with `who` and name the column.
  static TableFormat from_text(const std::string& text, const std::string& who);
  // Throws Error where something does not fit together, as from_text does.
  void check(const std::string& who) const;

  friend bool operator==(const TableFormat&, const TableFormat&) = default;
};

}  // namespace cambium
