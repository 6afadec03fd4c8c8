// What a first reading says when a column is of no use, or a cell cannot be read.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"
#include "cambium/framework/data/tables/parts/heading.h"

namespace cambium {
namespace {

constexpr int most_rows_ahead = 100000;

// How many cells of each column cannot be read.
class CellFaults {
 public:
  explicit CellFaults(std::size_t columns) : faults_(columns), of_no_use_(columns) {}

  void look(std::size_t from, auto&& read) {
    for (std::size_t i = from; i < faults_.size(); ++i)
      if (!of_no_use_[i]) try {
          read(i);
        } catch (const CellFault&) {
          ++faults_[i];
        } catch (const Error&) {
          of_no_use_[i] = true;
        }
  }
  std::int64_t of(std::size_t column) const { return faults_[column]; }
  std::int64_t all() const { return std::accumulate(faults_.begin(), faults_.end(), std::int64_t{0}); }

 private:
  std::vector<std::int64_t> faults_;
  std::vector<bool> of_no_use_;  // the column
};

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
  CellFaults faults(readers_.size());
  std::int64_t missing = in_row && readers_[reader].is_missing(rows_), rows = static_cast<std::int64_t>(seen_);
  const auto read = [&](std::size_t i) { readers_[i].read(rows_); };
  if (in_row) faults.look(reader + 1, read);
  try {
    for (; in_row && rows - static_cast<std::int64_t>(seen_) < most_rows_ahead && rows_.next(); ++rows) {
      check_size(rows_, format_.columns.size());
      if (leaves_out()) continue;
      missing += readers_[reader].is_missing(rows_);
      faults.look(0, read);
    }
  } catch (const Error&) {  // a row that is broken: what lies behind it cannot be seen
  }
  if (!in_row) faults.look(reader + 1, [&](std::size_t i) { readers_[i].finish(rows_); });
  const auto column_of = [&](std::size_t i) { return i < inputs_.size() ? inputs_[i] : label_; };
  std::vector<std::string> names;
  for (std::size_t i = 0; i < readers_.size(); ++i)
    if (faults.of(i) > 0) names.push_back(format_.columns[column_of(i)].name);
  const std::string others =
      names.empty() ? ""
                    : fmt::format("; nor will {} other{} do, in {}", faults.all(), faults.all() == 1 ? "" : "s", some_of(names));
  if (reader == inputs_.size() || rows < 10 || 2 * missing <= rows) throw CellFault(first.problem() + others, first.remedy());
  throw CellFault(first.problem() + others,
                  fmt::format("leaving the column out (.leave_out = {}): {} of {} cells are missing",
                              to_leave_out(format_.columns[inputs_[reader]].name, inputs_[reader]), missing, rows));
}

}  // namespace cambium
