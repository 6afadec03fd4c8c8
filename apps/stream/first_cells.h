// The cells that say what each column is, a number or a text.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "apps/stream/options.h"
#include "apps/stream/rows.h"
#include "cambium/framework/data/tables/parts/missing_text.h"

namespace stream {

// Of each column the cell of the first row; where that is missing, the first one that is not. In a file it may stand in the 1,000
// rows from the start of the first file on, or of standard input where that is a file, which are read ahead for it; of a pipe it is
// in the rows that were held back so far (held_rows.h). A text is passed over where more than nine of ten cells of these rows are
// numbers. A label that is read ahead is a class or a value by the rule of train: a
// text, or one of few whole numbers, is a class. Of others a number with a point is a value.
class FirstCells {
 public:
  explicit FirstCells(const Options& options);  // before anything is read

  void add(const std::vector<std::string>& names, const std::vector<Cell>& row);
  const std::vector<Cell>& cells() const { return cells_; }  // none before there was a row
  bool complete() const;                                     // no cell is missing that more rows could bring
  Task task() const;                                         // as asked for, or by the labels
  bool only_whole_labels()
      const;  // others than 0 and 1, of which nothing was asked for or read ahead: they are classes for want of more

 private:
  struct Labels {
    std::set<double> numbers{};  // that differ, as long as they are few
    std::size_t rows = 0, texts = 0;
    bool whole = true, point = false;
  };
  void look_ahead();
  bool fill(const std::vector<Cell>& row);
  void note_label(const Cell& cell);
  bool asks_label() const { return options_.task == Task::automatic && options_.classes.empty(); }
  bool matters(std::size_t column) const;
  bool has_text() const;
  void count(const std::vector<Cell>& row);
  void take_numbers();

  const Options& options_;
  cambium::MissingTexts missing_;  // beside the usual ones
  std::string twice_;              // the file that can be opened once more, to read ahead; else empty
  std::vector<std::string> names_;
  std::vector<Cell> cells_;
  std::deque<std::string> texts_;  // of the cells
  struct Kinds {
    std::size_t numbers = 0, texts = 0;
    Cell number{};  // the first one
  };
  std::vector<Kinds> kinds_;  // of each column, in the rows that were read ahead
  Labels labels_;
  bool ahead_ = false;  // all that can be read ahead has been
};

}  // namespace stream
