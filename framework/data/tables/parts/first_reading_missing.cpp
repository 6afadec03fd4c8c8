// What becomes of missing cells in a first reading, and what the others are.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/first_reading.h"

namespace cambium {

using Missing = CsvOptions::Missing;

bool FirstReading::leaves_out() const {
  if (options_.missing == Missing::refuse) return false;
  if (has_label_ && readers_.back().is_missing(rows_)) return true;
  return options_.missing == Missing::leave_out &&
         std::any_of(readers_.begin(), readers_.end(), [&](const ColumnReader& reader) { return reader.is_missing(rows_); });
}

// Of a row that is left out.
void FirstReading::count_missing() {
  missing_.resize(readers_.size());
  for (std::size_t i = options_.missing == Missing::leave_out ? 0 : inputs_.size(); i < readers_.size(); ++i)
    missing_[i] += readers_[i].is_missing(rows_);
}

// Of the numbers that are there, in one pass.
void FirstReading::find_ranges() {
  struct Range {
    real least = std::numeric_limits<real>::max(), largest = std::numeric_limits<real>::lowest();

    void see(real value) {  // nothing where it is NaN
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  };
  std::vector<Range> ranges(inputs_.size());
  std::vector<std::size_t> stored;  // those whose numbers lie in the rows
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (outputs_[i].names) continue;
    if (outputs_[i].entries.empty()) stored.push_back(i);
    for (const real value : outputs_[i].entries) ranges[i].see(value);
  }
  for (std::size_t r = 0; r < count_; ++r)
    for (const std::size_t i : stored) ranges[i].see(row(r)[i]);
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (ranges[i].least <= ranges[i].largest)
      format_.columns[inputs_[i]].range = {static_cast<double>(ranges[i].least), static_cast<double>(ranges[i].largest)};
}

// The sums go over the reals that are kept, row after row.
void FirstReading::find_means() {
  std::vector<double> sums(inputs_.size());
  std::vector<std::size_t> counts(inputs_.size());
  for (std::size_t r = 0; r < count_; ++r)
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (outputs_[i].names) continue;
      real value = row(r)[i];
      if (!outputs_[i].entries.empty()) value = outputs_[i].entries[static_cast<std::size_t>(value)];
      if (!std::isnan(value)) sums[i] += static_cast<double>(value), ++counts[i];
    }
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (outputs_[i].names) continue;
    TableFormat::Column& column = format_.columns[inputs_[i]];
    if (counts[i] == 0)
      fail(fmt::format("no cell of column {} has a value", in_quotes(column.name, 40)),
           fmt::format("leaving the column out (.leave_out = {})", to_leave_out(column.name, inputs_[i])));
    column.missing_number = sums[i] / static_cast<double>(counts[i]);
    outputs_[i].missing = static_cast<real>(*column.missing_number);
  }
}

}  // namespace cambium
