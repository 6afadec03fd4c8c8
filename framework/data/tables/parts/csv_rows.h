// The rows and cells of a file of separated values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cambium/framework/data/tables/parts/byte_source.h"

namespace cambium {

// Cells as RFC 4180 has them: in a cell that begins with a quote, separators and line breaks are text, and "" is one quote; blanks
// around such a cell are left out. A quote inside a cell that does not begin with one is text. Rows end with LF, CRLF or CR, the
// last one also with the file. Lines of nothing but blanks are no rows, nor is a mark of UTF-8 at the start. There are no comments.
//
// Memory holds one row, of at most `most_row_bytes` and `most_cells`. Errors name the file and the line where the row, or the quote
// that is not closed, begins: a longer row, text after a closing quote, a NUL byte, bytes that are not UTF-8, another encoding.
class CsvRows {
 public:
  static constexpr std::size_t most_row_bytes = std::size_t{64} << 20, most_cells = 100000;

  // A separator of 0 is found out among , ; tab |: the one that cuts the first rows into the most cells, the same number in each;
  // not the comma where another one does so and leaves commas only between digits. `name` is what messages call the file.
  CsvRows(std::unique_ptr<ByteSource> source, std::string name, char separator);

  bool next();  // false at the end
  // Cuts the row that was read last, and all that follow, by another separator. Not a row with "" in a cell, which stays as it is.
  void cut_by(char separator);
  std::size_t size() const { return cells_.size(); }
  // As it stands in the file, blanks included, without its quotes. Valid until the next row is asked for.
  std::string_view text(std::size_t cell) const { return {buffer_.get() + row_ + cells_[cell].begin, cells_[cell].length}; }
  bool quoted(std::size_t cell) const { return cells_[cell].quoted; }
  // What it means: without blanks around it where it is not quoted.
  std::string_view value(std::size_t cell) const { return cells_[cell].quoted ? text(cell) : trimmed(text(cell)); }

  std::int64_t line() const { return line_; }  // where the row begins, from 1
  char separator() const { return separator_; }
  const std::string& name() const { return name_; }
  std::uint64_t bytes_read() const { return before_ + row_; }  // before this row
  std::uint64_t bytes_in_all() const { return source_->size(); }

  static std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }

 private:
  enum class Byte : unsigned char { text, separator, line_feed, carriage_return, zero, high };
  struct Cell {
    std::uint32_t begin, length;  // begin: from the row's
    bool quoted, doubled;         // doubled: holds "" where a quote is meant
  };

  [[noreturn]] void fail(std::int64_t line, const std::string& problem, const std::string& remedy) const;
  void look_at_start();
  bool refill();
  bool take_simple(std::size_t& at);
  bool read_cell(std::size_t& at);
  bool take_plain(std::size_t begin, std::size_t& at);
  bool take_quoted(std::size_t& at);
  bool end_cell(std::size_t& at);
  bool is_blank() const;
  bool cut();
  void finish();
  void join_quotes();
  void check_letters() const;
  unsigned char byte_at(std::size_t at) const { return static_cast<unsigned char>(buffer_[row_ + at]); }
  bool at_end(std::size_t at) const { return row_ + at == end_; }

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  char separator_;
  Byte kinds_[256] = {};
  std::unique_ptr<char[]> buffer_;  // a zero stands behind the end
  std::size_t capacity_ = 0, end_ = 0;
  std::size_t row_ = 0, next_row_ = 0;
  std::uint64_t before_ = 0;  // bytes that have left the buffer
  std::int64_t line_ = 0, next_line_ = 1;
  bool any_high_ = false, any_doubled_ = false, ended_ = false;
  std::vector<Cell> cells_;
};

// The separator by the first rows, see above; `whole` when the text is all there is.
char found_separator(std::string_view text, bool whole);

bool can_separate(char c);

}  // namespace cambium
