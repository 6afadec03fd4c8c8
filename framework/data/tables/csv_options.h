// How a table of text is read, for the first time and again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cambium/framework/data/tables/table_dataset.h"
#include "cambium/framework/data/tables/table_format.h"

namespace cambium {

// automatic: the first row is a header unless one of its cells is a number.
enum class CsvHeader { automatic, yes, no };

// Columns are named by the header, or by their number from 1.
struct CsvOptions {
  // automatic: texts are classes; numbers are as well where all of them are whole, no more than 20 are different, and these come
  // twice on average; else values.
  enum class Labels { automatic, classes, values };
  // mean: of the column's other cells, of a category the most frequent one (of several the first). number: missing_number; in a
  // category that text is a category of its own. leave_out: the row. A missing label is refused with `refuse`; else its row is left
  // out, since there is nothing to learn from it.
  enum class Missing { refuse, mean, number, leave_out };

  char separator = 0;  // 0: found out among , ; tab |
  CsvHeader header = CsvHeader::automatic;
  std::string label = "";  // the column of the label; empty: there is none
  Labels labels = Labels::automatic;
  std::vector<std::string> leave_out = {};   // columns
  std::vector<std::string> categories = {};  // columns of numbers that are names: codes, zip codes
  Missing missing = Missing::refuse;
  double missing_number = 0;
  std::vector<std::string> missing_texts = {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "?"};
  int one_hot_limit = 100;                                // categories of one column
  int class_limit = 1000;                                 // classes of the label
  bool unknown_as_zeros = false;                          // goes into the format, for new rows
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 31;  // that may come out of a packed file
};

struct Table {
  TableDataset data;   // one input, TableFormat::input_shape(); one target where there is a label: classes, or a value, Shape{1}
  TableFormat format;  // with which the same columns are read again
  std::int64_t filled = 0;             // missing cells that have what `missing` says
  std::int64_t left_out = 0;           // rows, for a missing label or another missing cell
  std::string most_missing = "";       // of the columns for which they are left out, the one whose cell is missing in most of them
  std::int64_t most_missing_rows = 0;  // so many
  // Columns of numbers in which points, read as decimal ones, may be meant for thousands: "5.220" beside "812".
  std::vector<std::string> points_of_thousands = {};
};

// A number of a new row beside those from which a model has learnt.
struct FarCell {
  std::string column;
  double value, least, largest;
  bool thousands = false;  // its point may stand between thousands: "14.200" where 1000 to 20000 were learnt from
};

struct NewRowOptions {
  // if_there: the label's column may be missing; it is read where it is not. ignored: nothing in it is looked at.
  enum class Labels { if_there, needed, ignored };

  char separator = 0;  // 0: that of the format, or another by which the first row has its columns
  CsvHeader header = CsvHeader::automatic;
  Labels labels = Labels::if_there;
  bool new_columns = false;          // columns that the format does not know are left out, not refused
  std::vector<std::string> id = {};  // columns, known or not, whose cells are wanted as they are: TableRows::id
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 31;
};

}  // namespace cambium
