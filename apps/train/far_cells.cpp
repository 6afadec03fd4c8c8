#include "apps/train/far_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/console.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/stream.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t least_rows = 20;
constexpr std::size_t share = 10, at_once = 8;
constexpr double apart = 10;

struct Column {
  std::string name;
  std::size_t value;  // of a sample
  bool label;
  double filled;  // what stands in missing cells, of which nothing is said; NaN: nothing
};

std::vector<Column> numbers_of(const TableFormat& format) {
  std::vector<Column> columns;
  std::size_t at = 0;
  for (const TableFormat::Column& column : format.columns) {
    const double filled = static_cast<double>(static_cast<real>(column.missing_number.value_or(NAN)));
    if (column.kind == TableFormat::Kind::number) columns.push_back({column.name, at++, false, filled});
    if (column.kind == TableFormat::Kind::category) at += column.categories.size();
    if (column.kind == TableFormat::Kind::label && format.classes.empty()) columns.push_back({column.name, 0, true, NAN});
  }
  return columns;
}

// Of each of these columns, in the order of the rows.
std::vector<std::vector<real>> cells_of(const TableDataset& rows, std::span<const Column> columns) {
  std::vector<std::vector<real>> cells(columns.size());
  for (std::vector<real>& of : cells) of.reserve(static_cast<std::size_t>(rows.size()));
  Stream stream(rows, {.batch = static_cast<int>(std::min<std::int64_t>(rows.size(), 1000)), .shuffle = false, .prefetch = false});
  while (const Batch* batch = stream.next())
    for (int i = 0; i < batch->size(); ++i)
      for (std::size_t c = 0; c < columns.size(); ++c)
        cells[c].push_back(columns[c].label ? batch->target().values.row(i)[0] : batch->x().row(i)[columns[c].value]);
  return cells;
}

using Range = std::pair<double, double>;

template <class Keep>
Range range_of(const std::vector<real>& cells, const Keep& keep) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const double cell : cells)
    if (keep(cell)) range = {std::min(range.first, cell), std::max(range.second, cell)};
  return range;
}

// The nearest of those that lie apart at this end; nothing where none do.
std::optional<double> far_end(const std::vector<real>& cells, double filled, bool low) {
  const auto [least, largest] = range_of(cells, [&](double cell) { return cell != filled; });
  const double end = low ? largest : least, near = (largest - least) / (1 + apart);
  const auto is_away = [&](double cell) { return cell != filled && std::abs(cell - end) >= near; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(cells, is_away));
  if (share * count > cells.size()) return std::nullopt;
  const Range others = range_of(cells, [&](double cell) { return cell != filled && !is_away(cell); });
  double last = low ? others.first : others.second;
  std::vector<double> away;
  std::ranges::copy_if(cells, std::back_inserter(away), is_away);
  std::ranges::sort(away, [&](double a, double b) { return low ? a > b : a < b; });
  for (const double cell : away) {
    if (last != end && std::abs(cell - last) > apart * std::abs(last - end)) return cell;
    last = cell;
  }
  return std::nullopt;
}

void look_at(const Options& options, const Table& table, const Column& column, const std::vector<real>& cells, bool low) {
  const std::optional<double> end = far_end(cells, column.filled, low);
  if (!end) return;
  const auto is_far = [&](double cell) { return cell != column.filled && (low ? cell <= *end : cell >= *end); };
  const auto [least, largest] = range_of(cells, [&](double cell) { return cell != column.filled && !is_far(cell); });
  const auto found = std::ranges::find_if(cells, is_far);
  const std::string value = fmt::format("{:.7g}", *found);
  const auto more = std::ranges::count_if(cells, is_far) - 1;
  apps::warn(fmt::format(
      "warning: column {}: {} in {}{} is far from all other cells, {:.6g} to {:.6g}, and sets the scale of the column; where it "
      "stands for a missing cell: {}--missing-texts={}; else the file without it\n",
      in_quotes(column.name, 40), value, table.data.name_of_row(found - cells.begin()),
      more == 0 ? "" : fmt::format(", as {} more,", more), least, largest, options.missing == "refuse" ? "--missing mean " : "",
      value));
}

}  // namespace

void look_at_far_cells(const Options& options, const Table& table) {
  if (table.data.size() < least_rows) return;
  const std::vector<Column> all = numbers_of(table.format);
  for (std::size_t from = 0; from < all.size(); from += at_once) {
    const std::span<const Column> columns(all.data() + from, std::min(at_once, all.size() - from));
    const std::vector<std::vector<real>> cells = cells_of(table.data, columns);
    for (std::size_t c = 0; c < columns.size(); ++c)
      for (const bool low : {true, false}) look_at(options, table, columns[c], cells[c], low);
  }
}

}  // namespace train
