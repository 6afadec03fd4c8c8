// What a first reading says when a column is of no use.
#include <fmt/format.h>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"

namespace cambium {
namespace {

constexpr int most_rows_ahead = 100000;

}  // namespace

// Whoever has to mend or to leave out a column wants to know of all of them: those that show it in the rows to come are named too,
// up to a number of rows, since the file may be long.
void FirstReading::fail_with_others(std::size_t input, const ColumnFault& first) {
  std::vector<bool> unfit(inputs_.size());
  unfit[input] = true;
  const auto others = [&](auto&& look) {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (!unfit[i]) try {
          look(readers_[i]);
        } catch (const ColumnFault&) {
          unfit[i] = true;
        }
  };
  const auto read = [&](ColumnReader& reader) { reader.read(rows_); };
  try {
    int more = 0;
    while (more < most_rows_ahead && rows_.next()) {
      check_size(rows_, format_.columns.size());
      if (!leaves_out()) others(read);
      ++more;
    }
    if (more < most_rows_ahead) others([&](ColumnReader& reader) { reader.finish(rows_); });
  } catch (const Error&) {  // a row that is broken, a cell that is missing: for another time
  }
  std::string all, quoted;
  int count = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (const std::string& name = format_.columns[inputs_[i]].name; unfit[i]) {
      all += (all.empty() ? "" : ",") + name;
      if (i != input) quoted += (count++ == 0 ? "" : ", ") + in_quotes(name, 40);
    }
  if (count == 0) throw Error(first);
  throw Error(fmt::format("{}; nor will column{} {} do", first.problem(), count == 1 ? "" : "s", quoted),
              fmt::format("leaving them out (.leave_out = {})", in_quotes(all)));
}

}  // namespace cambium
