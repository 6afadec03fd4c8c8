// A column of a table that is read for the first time, and turns out to hold numbers or texts.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"
#include "cambium/framework/data/tables/parts/heading.h"
#include "cambium/framework/data/tables/parts/missing_text.h"
#include "cambium/framework/data/tables/parts/number_text.h"
#include "cambium/framework/data/tables/parts/points_of_thousands.h"

namespace cambium {

struct ColumnRules {
  // few: classes, numbers or texts. names: numbers are texts like others. numbers: nothing else will do.
  enum class Want { either, few, names, numbers } want = Want::either;
  bool refuse_missing = false, label = false;
  std::size_t most_numbers = 0;  // with more different ones, and no text among them, it is a column of numbers for good
  std::size_t most_names = 0;    // more different cells are refused
  std::string limit;             // what the user sets for more: ".one_hot_limit"
};

// Every cell is stored as one real. As long as there are few different ones, that is the number of its entry in a dictionary, so
// that nothing must be read twice, whatever the column turns out to be; once it is sure to hold numbers, it is the number itself,
// NaN for a missing one.
class ColumnReader {
 public:
  ColumnReader(std::string name, std::size_t place, ColumnRules rules, const MissingTexts& missing);
  ColumnReader(ColumnReader&&) = default;  // a copy would point into the other's dictionary

  // What is stored for the cell of the row that has just been read. CellFault: it is missing, and must not be, or no number
  // among numbers, and other cells can be read; ColumnFault: too many different texts, after which the column cannot be read on.
  real read(const CsvRows& rows) {
    const std::string_view cell = rows.value(place_);
    double number = 0;
    if (!many_) return few(rows, cell);
    if (numbers_may_be_missing_ || read_number(cell, number) != NumberText::number || !fits_real(number))
      number = slow_number(rows, cell);
    points_.see(cell, number);
    return static_cast<real>(number);
  }
  std::string_view cell(const CsvRows& rows) const { return rows.value(place_); }
  bool is_missing(const CsvRows& rows) const { return missing_->has(cell(rows)); }
  // Whether the cell would be a fault, as far as is known by now; `number`: the column is to hold numbers. Whether some are.
  bool cannot_be(const CsvRows&rows, bool number) const, has_odd() const;
  std::int64_t no_numbers() const;  // cells so far that are texts, or not finite, while there are few different ones
  std::vector<std::string> some_texts(std::size_t most) const;
  const PointsOfThousands& points() const { return points_; }
  bool many() const { return many_; }  // true from some cell on: numbers are stored

  // After the last row. CellFault: numbers with a few texts among them; ColumnFault: no value at all.
  void finish(const CsvRows& rows);
  bool is_names() const { return names_; }
  bool all_whole() const;  // of few numbers
  // The categories, sorted by bytes; of a column of few numbers, these, by size, once each.
  std::vector<std::string> categories() const;
  std::string most_frequent() const;
  // For each entry: its number, or its place in a list that has all categories; NaN for a missing one.
  std::vector<real> take_numbers();  // and forgets the dictionary: wide tables have many
  std::vector<real> codes(const std::vector<std::string>& list) const;

  std::size_t width_so_far() const { return !many_ && texts_ > 0 ? different_ : 1; }

 private:
  enum class Meaning { number, text, missing, not_finite };
  struct Entry {
    const std::string* text;
    Meaning meaning;
    double number;
    std::int64_t count, line;
  };
  // What stands among numbers.
  struct Odd {
    std::int64_t numbers = 0, others = 0, commas = 0, texts = 0;
    const Entry *first = nullptr, *comma = nullptr, *not_finite = nullptr;  // of the others
    // The first one that cannot be there; null where they may be names.
    const Entry* fault() const {
      if (not_finite != nullptr && (numbers > 0 || texts == 0)) return not_finite;
      return numbers + commas <= 9 * (others - commas) ? nullptr : comma != nullptr ? comma : first;
    }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::string at(const CsvRows& rows, std::int64_t line, const std::string& problem) const;
  [[noreturn]] void fail(const CsvRows& rows, std::int64_t line, const std::string& problem, const std::string& remedy,
                         CellFault::Kind kind = CellFault::Kind::other) const;
  [[noreturn]] void fail_number(const CsvRows& rows, std::int64_t line, std::string_view text, const std::string& others) const;
  void check_missing(const CsvRows& rows, std::string_view cell) const;
  double slow_number(const CsvRows& rows, std::string_view cell) const;
  real few(const CsvRows& rows, std::string_view cell);
  std::size_t add(const CsvRows& rows, std::string_view cell);
  void look_at_limits(const CsvRows& rows);
  std::string mixed() const, without_it() const;
  Odd odd() const;
  void check_odd(const CsvRows& rows, const char* which) const;
  std::string category(const Entry& entry) const;

  std::string name_;
  std::size_t place_;
  ColumnRules rules_;
  const MissingTexts* missing_;
  bool numbers_may_be_missing_, many_, names_ = false;  // the first at hand: every cell asks for it
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;  // of entries
  std::size_t different_ = 0, texts_ = 0;  // entries that are not missing; those of them that are no numbers
  std::size_t last_ = 0;                   // the entry of the cell before
  PointsOfThousands points_;
};

}  // namespace cambium
