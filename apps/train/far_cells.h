// Cells of a table that lie far from all others of their column.
#pragma once

#include "apps/train/options.h"
#include "cambium/framework/data/tables/csv.h"

namespace train {

// Of at least 20 rows: warns of each column of numbers, the label among them, in which up to a tenth of the cells lie apart from
// the others by more than ten times what these are apart: -999 where there was nothing, or a key that stuck. They set the scale of
// the column, and what the others say is lost. Where the others are all the same, the cells are rare events, and nothing is said.
void look_at_far_cells(const Options& options, const cambium::Table& table);

}  // namespace train
