// Columns of a table whose values say nothing of new rows.
#pragma once

#include <string>

#include "cambium/framework/data/tables/csv.h"

namespace train {

// Goes over the rows in the order of the file, as far as a column may be such a one. Of at least 20 rows, those that count them,
// whole numbers that grow from each row to the next as those of an id do, are warned of, with the --leave-out to type, unless there
// is no other input; and a last row that holds the sum of all above it in some column. Returns a line for the note on those that
// hold the same in every row, or nothing.
std::string look_at_columns(const cambium::Table& table);

}  // namespace train
