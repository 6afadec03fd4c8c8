// What a first reading says when a column is of no use.
#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"
#include "cambium/framework/data/tables/parts/heading.h"

namespace cambium {
namespace {

constexpr int most_rows_ahead = 100000;

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

}  // namespace cambium
