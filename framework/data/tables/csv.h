// Tables as text: files of comma-separated values (CSV) become datasets, and the format in which new rows are read the same way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cambium/framework/data/tables/csv_options.h"

namespace cambium {

// Reads a table for the first time, and finds out what its columns are. The file may be packed by gzip; "-" is standard input.
// Cells are as RFC 4180 has them, UTF-8, rows end with LF, CRLF or CR (see parts/csv_rows.h). Blanks around cells without quotes do
// not count. Numbers are decimal with a point, read as the nearest double and rounded to real.
//
// A column of numbers is one value. One of texts is a category and becomes one value for each of its texts (one-hot). One with both
// is a category as well, but when more than nine of ten cells are numbers, the others are taken for typing errors and refused.
// Classes and categories are sorted: numbers by size, texts by bytes.
//
// Errors name the file, its line, the column by number and name, what was found, and one thing to try: an empty file, no rows, a
// row with more or fewer cells than the first, two columns of one name, no such column, a missing cell (unless `missing` says what
// to do), text among numbers, a decimal comma, nan and infinite numbers, numbers too large for a real, a quote that is not closed,
// bytes that are not UTF-8, zero bytes, a row of more than 64 MB, too many categories or classes, a label that is the same in every
// row, no rows or columns left.
//
// Time and memory: 1,000,000 rows of 20 numbers in about a second, one pass, in little more memory than the values take.
Table load_csv(const std::string& path, const CsvOptions& options = {});

// The names of its columns alone: "column 3" where there is none. Errors as above, as far as the first row shows them.
std::vector<std::string> csv_columns(const std::string& path, const CsvOptions& options = {});

// New rows by a known format, one after the other, in memory that does not grow with their number; "-" is read as it comes.
//
// Where there is a header, columns are found by name, in any order; without one, by place: all columns of the format, or all but
// the label. automatic: the format has a header, and the first row has a name that the format knows, or no number. Columns that the
// format leaves out may be missing. Errors as above, and: a column that is missing or new, a category or a class that was never
// seen, a missing cell for which the format has nothing. The same cells give the same bits as they did in load_csv.
class TableRows {
 public:
  TableRows(const std::string& path, const TableFormat& format, const NewRowOptions& options = {});
  ~TableRows();
  TableRows(const TableRows&) = delete;
  TableRows& operator=(const TableRows&) = delete;

  bool next(std::span<real> values);  // input_shape().size() of them; false at the end
  bool by_place() const;              // there is no header, where the format has one
  std::size_t columns() const;        // of the file
  bool has_label() const;             // the file has the column, and it is read
  int label_class() const;            // of the last row, where the format has classes
  real label_value() const;           // where it has none
  std::int64_t line() const;          // where the last row begins
  // The first number of the last row that is further beyond those of the first table than these are apart; before it one beyond
  // them that would be among them without its point, three digits behind (.thousands). Nothing where none is.
  const std::optional<FarCell>& far() const;
  // The column of the first cell of the last row that was missing, and has what the format has for it; null where none was.
  const std::string* filled() const;
  // The cell of the last row in the `which`-th column of .id, as it is but for quotes and blanks around it; until next().
  std::string_view id(std::size_t which) const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

// All new rows in memory; without a target where there is no label. Error: no rows.
TableDataset load_new_rows(const std::string& path, const TableFormat& format, const NewRowOptions& options = {});

// Writes the first input of a dataset, which must be flat, and after it the first target, if there is one: a class by its name, or
// a value. The header has `names`, one for each of these columns, or "x0", "x1", ..., "label". Numbers are written with the digits
// that read back as the same real. The file is written whole or not at all.
void write_csv(const std::string& path, const Dataset& set, std::vector<std::string> names = {});

}  // namespace cambium
