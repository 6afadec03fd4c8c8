// What a first reading says when a column is of no use, or a cell cannot be read.
#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"
#include "cambium/framework/data/tables/parts/heading.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace cambium {
namespace {

constexpr int most_rows_ahead = 100000;
constexpr std::int64_t most_cells_ahead = 10'000'000;
constexpr std::size_t most_texts = 3;   // that are named
constexpr std::size_t most_words = 10;  // that are to be typed

// A cell joins those that are named, unless the message is about it already. Of commas in numbers there is no end.
void name_too(std::vector<std::string>& texts, const std::string& text, const std::string& problem) {
  const bool comma = has_decimal_comma(text);
  if (texts.size() == most_texts || text.empty() || std::ranges::find(texts, text) != texts.end()) return;
  if (comma && (problem.find(" has a comma in") != std::string::npos || std::ranges::any_of(texts, has_decimal_comma))) return;
  if (problem.find(": " + in_quotes(text, 40)) == std::string::npos) texts.push_back(text);
}

// What can be said of missing cells by one option more.
bool is_word(std::string_view text) {
  double ignored = 0;
  return read_number(text, ignored) == NumberText::none && !text.empty() && text.size() <= 20 && !has_decimal_comma(text) &&
         !has_several_points(text) && text.find_first_of(",'\"") == text.npos && shown(std::string(text), 100) == text;
}

// 1.234,5 or 1.234.500
bool has_thousands(std::string_view text) {
  return (has_decimal_comma(text) && text.find('.') < text.rfind(',')) || has_several_points(text);
}

// What of a column cannot be read, beside the cell that was met first. Its reader goes on, since what it meets later may say that
// cells before will not do: those are counted then.
class OddCells {
 public:
  // `numbers`: it is known that the column is to hold some, and one of its cells is the first.
  OddCells(ColumnReader& reader, bool numbers)
      : reader_(&reader), numbers_(numbers), cells_(numbers ? std::max<std::int64_t>(reader.no_numbers() - 1, 0) : 0) {
    if (!numbers) return;
    for (const std::string& text : reader.some_texts(most_words)) see_text(text);
  }

  void see(const CsvRows& rows) {
    if (over_) return;
    if (numbers_) return count(rows, reader_->cannot_be(rows, true));
    const bool missing = reader_->is_missing(rows);
    try {
      reader_->read(rows);
    } catch (const CellFault&) {
      missing || reader_->many() ? count(rows, true) : find_numbers();
    } catch (const ColumnFault&) {
      over_ = true;
    }
  }
  void finish() {
    if (!over_ && !numbers_ && reader_->has_odd()) find_numbers();
  }
  void see_text(std::string_view text) {
    thousands_ |= has_thousands(text);
    if (is_word(text) && words_.size() < most_words && std::ranges::find(words_, text) == words_.end()) words_.emplace_back(text);
  }
  std::int64_t cells() const { return cells_; }
  const std::vector<std::string>& texts() const { return texts_; }  // some of them
  const std::vector<std::string>& words() const { return words_; }  // those that may stand for missing cells
  // In a table with decimal commas points that all have three digits behind them are no decimal ones.
  bool thousands() const { return thousands_ || reader_->points().only(); }
  bool is_of_no_use() const { return over_; }

 private:
  void count(const CsvRows& rows, bool odd) {
    cells_ += odd;
    if (!odd) return;
    name_too(texts_, std::string(reader_->cell(rows)), "");
    if (!reader_->is_missing(rows)) see_text(reader_->cell(rows));
  }
  void find_numbers() {
    numbers_ = true, cells_ += reader_->no_numbers();
    for (const std::string& text : reader_->some_texts(most_words)) name_too(texts_, text, ""), see_text(text);
  }

  ColumnReader* reader_;
  bool numbers_, over_ = false;
  std::int64_t cells_;
  std::vector<std::string> texts_, words_;
  bool thousands_ = false;
};

// What stands in cells of numbers, as .missing_texts takes it, "unknown,-", behind what it was given already; nothing where there
// is no such cell.
std::vector<std::string> words_of(const std::vector<OddCells>& odd, const std::vector<std::string>& given) {
  const std::vector<std::string> usual = CsvOptions().missing_texts;
  std::vector<std::string> words;
  for (const std::string& text : given)
    if (std::ranges::find(usual, text) == usual.end()) words.push_back(text);
  const std::size_t before = words.size();
  for (const OddCells& one : odd)
    for (const std::string& word : one.words())
      if (words.size() < before + most_words && std::ranges::find(words, word) == words.end()) words.push_back(word);
  return words.size() == before ? std::vector<std::string>{} : words;
}

// What can be done about all odd cells at once. `missing`: the first one is.
std::string remedy_for_all(const CellFault& first, bool missing, char separator, const std::vector<OddCells>& odd,
                           const std::vector<std::string>& given) {
  const bool number = first.kind == CellFault::Kind::word;
  if (first.kind == CellFault::Kind::comma && std::ranges::any_of(odd, &OddCells::thousands))
    return remedy_for_commas(separator, "0.000,0");
  const std::vector<std::string> words = words_of(odd, given);
  if (words.empty() || (!missing && !number)) return first.remedy();
  return fmt::format("{} .missing_texts = {} where {} for a missing value",
                     number ? "a number there, or" : first.remedy() + ", with", in_shell(fmt::format("{}", fmt::join(words, ","))),
                     words.size() == 1 ? "it stands" : "they stand");
}

// Columns that no cell can mend are told with it: who mends the cells would meet them next.
CellFault with_columns(std::string problem, std::string remedy, const std::vector<std::string>& names,
                       const std::vector<std::size_t>& unfit) {
  std::vector<std::string> named;
  for (const std::size_t column : unfit) named.push_back(names[column]);
  if (!unfit.empty()) {
    problem += fmt::format("; too many different texts for names are in {}", some_of(named));
    remedy += fmt::format(", and leaving {} out (.leave_out = {})", unfit.size() == 1 ? "that column" : "those columns",
                          to_leave_out(names, unfit));
  }
  return CellFault(problem, remedy);
}

std::string others_of(std::int64_t cells, const std::vector<std::string>& columns, const std::vector<std::string>& texts) {
  if (cells == 0) return "";
  return fmt::format("; nor will {} other{} do, in {}{}", cells, cells == 1 ? "" : "s", some_of(columns),
                     texts.empty() ? "" : ", such as " + some_of(texts));
}

}  // namespace

// Whoever has to leave out a column wants to know of all of them: those that show it in the rest of this row and in the rows to
// come are named too, up to a number of rows, since the file may be long. Single cells that are wrong are for another time.
void FirstReading::fail_with_others(std::size_t input, bool in_row, const ColumnFault& first) {
  std::vector<std::size_t> unfit{inputs_[input]};
  const auto others = [&](std::size_t from, auto&& look) {
    for (std::size_t i = from; i < inputs_.size(); ++i)
      if (std::ranges::find(unfit, inputs_[i]) == unfit.end()) try {
          look(readers_[i]);
        } catch (const ColumnFault&) {
          unfit.push_back(inputs_[i]);
        } catch (const Error&) {
        }
  };
  const auto read = [&](ColumnReader& reader) { reader.read(rows_); };
  if (in_row) others(input + 1, read);
  try {
    int more = 0;
    for (; more < most_rows_ahead && rows_.next(); ++more) {
      check_size(rows_, format_.columns.size());
      if (!leaves_out()) others(0, read);
    }
    if (more < most_rows_ahead) others(0, [&](ColumnReader& reader) { reader.finish(rows_); });
  } catch (const Error&) {  // a row that is broken: what lies behind it cannot be seen
  }
  if (unfit.size() == 1) throw Error(first);
  const std::vector<std::string> all = names_in(format_);
  std::vector<std::string> more;
  std::sort(unfit.begin() + 1, unfit.end());
  for (std::size_t i = 1; i < unfit.size(); ++i) more.push_back(all[unfit[i]]);
  std::sort(unfit.begin(), unfit.end());
  throw Error(fmt::format("{}; nor will column{} {} do", first.problem(), more.size() == 1 ? "" : "s", some_of(more)),
              fmt::format("leaving them out (.leave_out = {})", to_leave_out(all, unfit)));
}

// Whoever has to mend a cell wants to know whether it is the only one: those of the rest of the row and of the rows to come are
// counted. A column of which most is missing is better left out.
void FirstReading::fail_with_cells(std::size_t reader, bool in_row, const CellFault& first) {
  const bool missing = in_row && readers_[reader].is_missing(rows_);
  std::vector<OddCells> odd;
  for (std::size_t i = 0; i < readers_.size(); ++i) odd.emplace_back(readers_[i], i == reader && !missing);
  if (in_row && !missing) odd[reader].see_text(readers_[reader].cell(rows_));
  std::int64_t rows = static_cast<std::int64_t>(seen_), gaps = missing ? 1 : 0;
  for (std::size_t i = reader + 1; in_row && i < odd.size(); ++i) odd[i].see(rows_);
  try {
    for (std::int64_t cells = 0; in_row && cells < most_cells_ahead && rows_.next(); cells += std::ssize(readers_), ++rows) {
      check_size(rows_, format_.columns.size());
      if (leaves_out()) continue;
      gaps += missing && readers_[reader].is_missing(rows_);
      for (OddCells& one : odd) one.see(rows_);
    }
  } catch (const Error&) {  // a row that is broken: what lies behind it cannot be seen
  }
  for (std::size_t i = in_row ? 0 : reader + 1; i < odd.size(); ++i) odd[i].finish();
  std::int64_t all = 0;
  std::vector<std::string> names, texts;
  std::vector<std::size_t> unfit;
  for (std::size_t i = 0; i < odd.size(); ++i) {
    if (odd[i].is_of_no_use() && i < inputs_.size()) unfit.push_back(inputs_[i]);
    if (odd[i].cells() == 0) continue;
    all += odd[i].cells(), names.push_back(format_.columns[i < inputs_.size() ? inputs_[i] : label_].name);
    for (const std::string& text : odd[i].texts()) name_too(texts, text, first.problem());
  }
  const std::string problem = first.problem() + others_of(all, names, texts);
  if (reader == inputs_.size() || rows < 10 || 2 * gaps <= rows)
    throw with_columns(problem, remedy_for_all(first, missing, rows_.separator(), odd, options_.missing_texts), names_in(format_),
                       unfit);
  throw CellFault(problem, fmt::format("leaving the column out (.leave_out = {}): {} of {} cells are missing",
                                       to_leave_out(format_.columns[inputs_[reader]].name, inputs_[reader]), gaps, rows));
}

// Whoever has to mend a row that is too short or too long wants to know of the others.
void FirstReading::fail_with_rows(const Error& first) {
  constexpr int most_named = 5;
  std::string named;
  int others = 0;
  try {
    for (int ahead = 0; ahead < most_rows_ahead && rows_.next(); ++ahead) {
      if (rows_.size() == format_.columns.size() || ++others > most_named) continue;
      named += fmt::format("{}{}", others == 1 ? "" : ", ", rows_.line());
    }
  } catch (const Error&) {  // a row that is broken: what lies behind it cannot be seen
  }
  if (others == 0) throw Error(first);
  if (others > most_named) named += fmt::format(", ... ({} in all)", others);
  throw Error(fmt::format("{}; nor will line{} {} do", first.problem(), others == 1 ? "" : "s", named), first.remedy());
}

}  // namespace cambium
