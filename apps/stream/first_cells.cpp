#include "apps/stream/first_cells.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "apps/stream/columns.h"

namespace stream {

constexpr int rows_ahead = 1000;

bool FirstCells::readable_twice() const {
  std::error_code none;
  return options_.demo.empty() && !options_.files.empty() && std::filesystem::is_regular_file(options_.files.front(), none);
}

// What kind it is follows from its cells, and not from the options.
bool FirstCells::matters(std::size_t column) const {
  const std::string& name = names_[column];
  const auto among = [&](const std::vector<std::string>& names) { return std::ranges::find(names, name) != names.end(); };
  if (name == options_.label) return options_.task == Task::automatic && options_.classes.empty();
  return name != options_.key && !among(options_.leave_out) && !among(options_.text);
}

bool FirstCells::complete() const {
  if (cells_.empty() || ahead_) return !cells_.empty();
  for (std::size_t i = 0; i < cells_.size(); ++i)
    if (Columns::is_missing(cells_[i]) && matters(i)) return false;
  return true;
}

void FirstCells::add(const std::vector<std::string>& names, const std::vector<Cell>& row) {
  const bool first = cells_.empty();
  if (first) names_ = names, cells_.resize(row.size());
  if (fill(row) || !first || !readable_twice()) return;
  look_ahead();
  ahead_ = true;
}

// True when no cell is missing any more.
bool FirstCells::fill(const std::vector<Cell>& row) {
  for (std::size_t i = 0; i < std::min(cells_.size(), row.size()); ++i) {
    if (!Columns::is_missing(cells_[i]) || Columns::is_missing(row[i])) continue;
    cells_[i] = row[i];
    cells_[i].text = texts_.emplace_back(row[i].text);
  }
  return complete();
}

void FirstCells::look_ahead() {
  Rows ahead(options_, [] {});
  for (int row = 0; row < rows_ahead; ++row) try {
      if (!ahead.next() || fill(ahead.cells())) return;
    } catch (const Broken&) {  // it will be told when it is its turn
    }
}

}  // namespace stream
