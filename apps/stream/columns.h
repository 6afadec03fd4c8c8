// From the cells of a row to what the network is handed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/stream/events.h"
#include "apps/stream/options.h"
#include "apps/stream/rows.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/data/tables/parts/missing_text.h"
#include "cambium/framework/data/tables/table_format.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {
class StateDict;
}

namespace stream {

// There is none, or it holds a word for that: NA and such, or one of `more`.
bool is_missing(const Cell& cell, const cambium::MissingTexts& more);

// What a column is follows from its first cell that is not missing (first_cells.h): a number, or a text. A number is one value; a
// text becomes one value for each of the first so many texts that come, 1 at the one that the cell names, and zeros for those that
// come later. A missing number is the column's mean so far (a fading one), a missing text is zeros. A column that had no cell when
// the others were settled has one value and is open: a text that comes first makes it a text, with that one to be told apart.
// A number that is further from all before it, 20 at least, than ten times what these are apart is cut there: else one cell that
// somebody has mistyped would set the scale of its column for thousands of rows. Where the column stays out there, it is cut for a
// few rows. Beyond a hundred times, and a thousand times after 1,000 rows, it is a rare event at once, and no other one follows
// from it.
class Columns {
 public:
  explicit Columns(const Options& options) : options_(options), missing_(options.missing_texts) {}

  // From the first cells (first_cells.h), between which stands what Rows::separator() says, or from the format of a model that has
  // been saved. Errors: no such column, none left to learn from.
  void settle(const std::vector<std::string>& names, const std::vector<Cell>& cells, char separator);
  void settle(const cambium::TableFormat& format);
  bool settled() const { return !columns_.empty(); }
  // That these columns, by name, are those that were settled. Error: they are not.
  void check_names(const std::vector<std::string>& names);

  int width() const { return static_cast<int>(width_); }  // values of a row
  std::vector<bool> numbers() const;                      // of these values those that are numbers
  std::vector<std::string> value_names() const;           // "age", "colour=blue", "colour=(3)"
  // Of the last row: numbers as they came, and which of them say nothing of their column: missing ones, and those that far() tells.
  std::span<const cambium::real> numbers_as_they_came() const { return came_; }
  const std::vector<bool>& silent() const { return silent_; }
  const std::vector<Event>& far() const { return far_; }
  // The values of a row; throws Broken, and nothing has moved then. `told` gets what is to be said, once each.
  void read(const std::vector<Cell>& cells, std::span<cambium::real> values, std::vector<std::string>& told);

  // Of the label: nothing where it is missing. Throws Broken.
  std::optional<std::string> label_text(const std::vector<Cell>& cells) const;
  std::optional<double> label_number(const std::vector<Cell>& cells) const;
  std::string key(const std::vector<Cell>& cells, long row) const;
  bool only_label(const std::vector<Cell>& cells) const;  // a key, a label, and nothing to predict from

  // The classes that a label has are the caller's.
  cambium::TableFormat format(const std::vector<std::string>& classes) const;
  void state_dict(cambium::StateDict& dict);

 private:
  struct Column {
    std::string name;
    enum class Kind { number, text, label, key, left_out } kind = Kind::number;
    std::vector<std::string> texts{};
    std::size_t room = 1;  // values
    double mean = 0, count = 0, least = 0, most = 0;
    bool told = false, open = false;
  };
  void place();
  void close(const std::vector<Cell>& cells, std::vector<std::string>& told);
  void check_comma(const Column& column, const Cell& cell) const;
  double number(const Cell& cell, const Column& column) const;
  double take(Column& column, double x, std::size_t value);

  const Options& options_;
  cambium::MissingTexts missing_;  // beside the usual ones
  std::vector<Column> columns_;
  std::vector<std::size_t> order_;  // of a column: its cell in a row
  std::size_t width_ = 0, label_ = none_, key_ = none_;
  std::vector<double> numbers_;  // of the row that is read
  std::vector<bool> silent_;
  std::vector<Event> far_;
  std::vector<cambium::real> came_;
  char separator_ = ',';
  static constexpr std::size_t none_ = ~std::size_t{0};
};

}  // namespace stream
