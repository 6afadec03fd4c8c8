// What a first reading says when a column is of no use, or a cell cannot be read.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"
#include "cambium/framework/data/tables/parts/heading.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace cambium {
namespace {

constexpr int most_rows_ahead = 100000;
constexpr std::int64_t most_cells_ahead = 10'000'000;

// A cell joins those that are named, unless the message is about it already. Of commas in numbers there is no end.
void name_too(std::vector<std::string>& texts, std::string text, const std::string& problem) {
  constexpr std::size_t most = 3;
  if (texts.size() == most || text.empty() || has_decimal_comma(text) || std::ranges::find(texts, text) != texts.end()) return;
  if (problem.find(": " + in_quotes(text, 40)) == std::string::npos) texts.push_back(std::move(text));
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
  std::vector<std::int64_t> faults;
  for (const ColumnReader& one : readers_) faults.push_back(in_row ? one.faults() : 0);
  if (!missing) faults[reader] = std::max<std::int64_t>(readers_[reader].no_numbers() - 1, 0);
  std::int64_t rows = static_cast<std::int64_t>(seen_), gaps = missing ? 1 : 0;
  const auto column_of = [&](std::size_t i) { return i < inputs_.size() ? inputs_[i] : label_; };
  std::vector<std::string> texts;  // some of the others
  const auto look = [&](std::size_t from) {
    for (std::size_t i = from; i < readers_.size(); ++i) {
      if (!readers_[i].cannot_be(rows_, i == reader && !missing)) continue;
      ++faults[i];
      name_too(texts, std::string(rows_.value(column_of(i))), first.problem());
    }
  };
  if (in_row) look(reader + 1);
  try {
    for (std::int64_t cells = 0; in_row && cells < most_cells_ahead && rows_.next(); cells += std::ssize(readers_), ++rows) {
      check_size(rows_, format_.columns.size());
      if (leaves_out()) continue;
      gaps += missing && readers_[reader].is_missing(rows_);
      look(0);
    }
  } catch (const Error&) {  // a row that is broken: what lies behind it cannot be seen
  }
  for (std::size_t i = reader + 1; !in_row && i < readers_.size(); ++i) try {
      readers_[i].finish(rows_);
    } catch (const CellFault&) {
      faults[i] = readers_[i].no_numbers();
    } catch (const ColumnFault&) {
    }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < readers_.size(); ++i)
    if (faults[i] > 0) names.push_back(format_.columns[column_of(i)].name);
  const std::string others = others_of(std::accumulate(faults.begin(), faults.end(), std::int64_t{0}), names, texts);
  if (reader == inputs_.size() || rows < 10 || 2 * gaps <= rows) throw CellFault(first.problem() + others, first.remedy());
  throw CellFault(first.problem() + others,
                  fmt::format("leaving the column out (.leave_out = {}): {} of {} cells are missing",
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
