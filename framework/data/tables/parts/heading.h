// The columns of a table: their names, and messages about them.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/data/tables/csv_options.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"

namespace cambium {

// Throws a CellFault: "FILE: line 7, column 3 'age': problem".
[[noreturn]] void fail_in_column(const CsvRows& rows, std::size_t column, const std::string& name, const std::string& problem,
                                 const std::string& remedy);

// The names of the columns by the first row, which has just been read: "column 3" where there is no name. Error: a name twice.
std::vector<std::string> names_of(const CsvRows& rows, bool header);

std::vector<std::string> names_in(const TableFormat& format);  // of its columns, whatever they are

// What .leave_out takes for these columns of `names`, as a command line has it: "age,height", or "'age,body height'". One whose
// name could not be typed so, for it has a comma or a quote, goes by its number.
std::string to_leave_out(const std::vector<std::string>& names, const std::vector<std::size_t>& columns);
std::string to_leave_out(const std::string& name, std::size_t column);  // of one

std::string in_shell(const std::string& list);  // in quotes where a shell would take it apart

bool has_number(const CsvRows& rows);  // in some cell of the row

// Which column is meant by a name, or by a number from 1 on. Errors begin with `who`.
std::size_t find_column(const std::vector<std::string>& names, const std::string& wanted, const std::string& who);

// Error: the row has not so many cells.
void check_size(const CsvRows& rows, std::size_t columns);

// Room for one more row of `width` values. Only addresses are taken, for as many rows as the rest of the file is likely to have,
// and for `width_later` values of each.
void make_room(std::vector<real>& values, std::size_t width, std::size_t width_later, const CsvRows& rows);

}  // namespace cambium
