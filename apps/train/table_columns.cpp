#include "apps/train/table_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "apps/common/console.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/data/subset.h"
#include "cambium/framework/data/tables/parts/heading.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t enough_rows = 20;  // in fewer of them a column may grow by chance, or because it was sorted

// How the values of an input go from row to row.
struct Course {
  std::size_t column;               // of the table
  std::size_t value, values;        // in a sample, those of a category side by side
  bool counts, same;                // so far
  std::vector<real> first, last{};  // empty before the first row

  void see(const real* row) {
    const real *from = row + value, *to = from + values;
    if (first.empty()) first.assign(from, to);
    same = same && std::equal(from, to, first.begin());
    counts = counts && std::floor(*from) == *from && (last.empty() || *from > last[0]);
    last.assign(from, to);
  }
};

std::vector<Course> inputs_of(const TableFormat& format) {
  std::vector<Course> inputs;
  std::size_t at = 0;
  for (std::size_t i = 0; i < format.columns.size(); ++i) {
    const TableFormat::Column& column = format.columns[i];
    const bool number = column.kind == TableFormat::Kind::number, category = column.kind == TableFormat::Kind::category;
    if (!number && !category) continue;
    inputs.push_back({i, at, number ? 1 : column.categories.size(), number, true, {}});
    at += inputs.back().values;
  }
  return inputs;
}

std::vector<Course> courses_of(const Table& table) {
  std::vector<Course> inputs = inputs_of(table.format);
  const int batch = static_cast<int>(std::min<std::int64_t>(table.data.size(), 100));
  Stream stream(table.data, {.batch = batch, .shuffle = false, .prefetch = false});
  while (const Batch* rows = stream.next()) {
    for (int i = 0; i < rows->size(); ++i)
      for (Course& input : inputs)
        if (input.counts || input.same) input.see(rows->x().row(i));
    if (std::ranges::none_of(inputs, [](const Course& input) { return input.counts || input.same; })) break;
  }
  return inputs;
}

std::string named(const std::vector<std::string>& names) {
  return fmt::format("column{} {}", names.size() == 1 ? "" : "s", cambium::some_of(names));
}

// A number of the last row, and what those above it come to.
struct Total {
  std::string column;
  std::size_t value;  // of a sample, or 0 of the label
  bool label;
  double last, sum = 0;
  int cells = 0;  // that are not 0
  bool may_be = true;

  void see(double cell) {
    sum += cell;
    cells += cell != 0;
    may_be = may_be && 2 * std::abs(cell) < std::abs(last);
  }
  bool is_sum() const { return may_be && cells >= 10 && std::abs(last - sum) <= 1e-5 * std::abs(sum); }
};

// Numbers of the last row that are not 0, the label among them.
std::vector<Total> totals_in(const Table& table) {
  const Subset last = table.data.subset({table.data.size() - 1});
  Stream stream(last, {.batch = 1, .shuffle = false, .prefetch = false});
  const Batch* row = stream.next();
  std::vector<Total> totals;
  for (const Course& input : inputs_of(table.format))
    if (const real x = row->x().row(0)[input.value]; input.values == 1 && x != 0)
      totals.push_back({table.format.columns[input.column].name, input.value, false, static_cast<double>(x)});
  if (table.format.label() != nullptr && table.format.classes.empty())
    totals.push_back({table.format.label()->name, 0, true, static_cast<double>(row->target().values.row(0)[0])});
  return totals;
}

// Columns whose last cell is the sum of those above, of at least ten that are not 0. Mostly a few rows show that none is.
std::vector<std::string> totals_of(const Table& table) {
  std::vector<Total> totals = totals_in(table);
  const auto may_be = [](const Total& total) { return total.may_be; };
  const int batch = static_cast<int>(std::min<std::int64_t>(table.data.size(), 100));
  Stream stream(table.data, {.batch = batch, .shuffle = false, .prefetch = false});
  for (std::int64_t left = table.data.size() - 1; left > 0 && std::ranges::any_of(totals, may_be);) {
    const Batch* rows = stream.next();
    for (int i = 0; i < rows->size() && left > 0; ++i, --left)
      for (Total& total : totals)
        if (total.may_be)
          total.see(static_cast<double>(total.label ? rows->target().values.row(i)[0] : rows->x().row(i)[total.value]));
  }
  std::vector<std::string> names;
  for (const Total& total : totals)
    if (total.is_sum()) names.push_back(total.column);
  return names;
}

void look_at_last_row(const Table& table) {
  if (table.data.size() < enough_rows) return;
  const std::vector<std::string> names = totals_of(table);
  if (names.empty()) return;
  apps::warn(
      fmt::format("warning: {} holds the sum of all rows above it in {}: a line of sums is no row, and spoils what is learnt; the "
                  "file without it\n",
                  table.data.name_of_row(table.data.size() - 1), named(names)));
}

}  // namespace

std::string look_at_columns(const Table& table) {
  look_at_last_row(table);
  const std::vector<std::string> names = names_in(table.format);
  std::vector<std::string> counting, constant;
  std::vector<std::size_t> left_out;  // with those that the user has named already
  for (std::size_t i = 0; i < names.size(); ++i)
    if (table.format.columns[i].kind == TableFormat::Kind::left_out) left_out.push_back(i);
  const std::vector<Course> inputs = courses_of(table);
  for (const Course& input : inputs) {
    if (input.counts) counting.push_back(names[input.column]), left_out.push_back(input.column);
    if (input.same && table.data.size() > 1) constant.push_back(names[input.column]);
  }
  std::ranges::sort(left_out);
  if (!counting.empty() && counting.size() < inputs.size() && table.data.size() >= enough_rows)
    apps::warn(
        fmt::format("warning: in {} numbers grow from each row to the next, as those that count rows do: what is learnt from them "
                    "says nothing of new rows; --leave-out {}\n",
                    named(counting), to_leave_out(names, left_out)));
  if (constant.empty()) return "";
  return fmt::format("{}: the same in every row, which teaches nothing", named(constant));
}

}  // namespace train
