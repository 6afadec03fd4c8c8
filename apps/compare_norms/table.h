// What has been measured, as tables of text and as a CSV file.
#pragma once

#include <string>
#include <vector>

#include "apps/compare_norms/outcome.h"

namespace compare_norms {

// "83.02 +- 0.31"; "83.02" for one seed; with " (2 of 3)" where some seeds gave no figure; "diverged" where none did; "refused";
// "-" where nothing is there.
std::string cell_text(const Outcome& outcome, int row, int column, int measure);

// One measure over all columns, or where there is a single column all measures side by side.
struct Grid {
  std::string title{};  // the measure, where there are several tables
  std::vector<std::string> columns{};
  std::vector<std::vector<std::string>> rows{};  // each with the row's name first
};
std::vector<Grid> grids_of(const Outcome& outcome);

// The grid set in columns, two spaces between; a line of text for the heading, and one for each row.
std::vector<std::string> lines_of(const Grid& grid);

// Why some rows could not be trained under some settings, in a line each.
std::vector<std::string> refusals_of(const Outcome& outcome);

// One line for each figure of each training: experiment,row,setting,seed,measure,value.
std::string csv_heading();
std::string csv_of(const Outcome& outcome);

}  // namespace compare_norms
