#include "apps/train/table_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "apps/common/console.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/stream.h"
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

// The last row's number, and what all rows before it come to.
struct Sum {
  double before = 0, last = 0, largest = 0;

  void see(double value) {
    before += last;
    largest = std::max(largest, std::abs(last));
    last = value;
  }
  bool is_total() const { return std::abs(last) > 2 * largest && std::abs(last - before) <= 1e-5 * std::abs(before); }
};

// Of columns of numbers, the label among them, whose last cell is the sum of those above.
std::vector<std::string> totals_of(const Table& table) {
  std::vector<Course> inputs = inputs_of(table.format);
  std::vector<Sum> sums(inputs.size());
  Sum label;
  const bool values = table.format.label() != nullptr && table.format.classes.empty();
  const int batch = static_cast<int>(std::min<std::int64_t>(table.data.size(), 100));
  Stream stream(table.data, {.batch = batch, .shuffle = false, .prefetch = false});
  while (const Batch* rows = stream.next())
    for (int i = 0; i < rows->size(); ++i) {
      for (std::size_t k = 0; k < inputs.size(); ++k) sums[k].see(static_cast<double>(rows->x().row(i)[inputs[k].value]));
      if (values) label.see(static_cast<double>(rows->target().values.row(i)[0]));
    }
  std::vector<std::string> names;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (inputs[k].values == 1 && sums[k].is_total()) names.push_back(table.format.columns[inputs[k].column].name);
  if (values && label.is_total()) names.push_back(table.format.label()->name);
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
