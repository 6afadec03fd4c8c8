// Rows of a stream: cells by the names of their columns, from CSV or JSON lines.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/stream/lines.h"
#include "apps/stream/options.h"
#include "cambium/framework/files/parts/json.h"

namespace stream {

struct Cell {
  enum class Kind { missing, text, number } kind = Kind::missing;
  std::string_view text{};  // of a text; of a number in CSV too
  double number = 0;        // of a number in JSON
};

// A row that cannot be used, and why: it is told, counted and passed over.
struct Broken {
  std::string why;
};

// The first line says what all are: JSON lines begin with a brace; else it is CSV, and the first line of each file is a header
// unless one of its cells is a number, or --columns names the columns. In a later file columns may stand in another order. A row is
// a line: there are no line breaks in cells. Errors: columns that are not those of before.
class Rows {
 public:
  Rows(const Options& options, std::function<void()> idle);

  bool next();  // false at the end; throws Broken, after which the next call goes on
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Cell>& cells() const { return cells_; }  // in the order of names()

  char separator() const { return separator_; }  // '{' for JSON lines, 0 before the first line

  Lines& lines() { return lines_; }
  cambium::Json note() const;  // what is known of the columns, and the place
  // With `seen`, an input that is not the file of before brings so many rows once more, which are passed over. What is to be said
  // of the input is the answer.
  std::string go_on_from(const cambium::Json& note, const std::string& who, std::optional<std::int64_t> seen);

 private:
  bool read();
  bool is_seen();
  void end_of_seen() const;
  bool next_csv();
  void next_json();
  void take_names(const cambium::Json::Fields& fields);
  bool take_header();
  void split(std::span<char> line);
  void add_cell(char* begin, char* end, bool quoted);

  const Options& options_;
  Lines lines_;
  std::vector<std::string> names_;
  std::vector<std::size_t> order_;  // of a cell in this file: its column
  std::vector<Cell> raw_, cells_;
  std::int64_t seen_ = 0, passed_ = 0;  // rows to pass over, and those that have been
  std::uint32_t last_ = 0;              // CRC-32C of the last row, with --save
  std::optional<std::uint32_t> last_seen_;
  char separator_ = 0;
  cambium::Json json_;
  std::vector<std::string> texts_;  // what cells of JSON point to
};

}  // namespace stream
