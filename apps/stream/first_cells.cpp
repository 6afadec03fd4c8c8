#include "apps/stream/first_cells.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "apps/stream/columns.h"

namespace stream {
namespace {

constexpr int rows_ahead = 1000;

bool readable_twice(const Options& options) {
  std::error_code none;
  return options.demo.empty() && !options.files.empty() && std::filesystem::is_regular_file(options.files.front(), none);
}

}  // namespace

FirstCells::FirstCells(const Options& options, const std::vector<Cell>& first) : cells_(first) {
  if (std::ranges::any_of(cells_, Columns::is_missing) && readable_twice(options)) look_ahead(options);
}

void FirstCells::look_ahead(const Options& options) {
  Rows ahead(options, [] {});
  for (int row = 0; row < rows_ahead; ++row) try {
      if (!ahead.next()) return;
      const std::vector<Cell>& found = ahead.cells();
      bool missing = false;
      for (std::size_t i = 0; i < std::min(cells_.size(), found.size()); ++i) {
        if (!Columns::is_missing(cells_[i])) continue;
        cells_[i] = found[i];
        cells_[i].text = texts_.emplace_back(found[i].text);
        missing = missing || Columns::is_missing(cells_[i]);
      }
      if (!missing) return;
    } catch (const Broken&) {  // it will be told when it is its turn
    }
}

}  // namespace stream
