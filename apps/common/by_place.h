// Tables whose columns go by their place, where those of the training had names.
#pragma once

#include <cstddef>
#include <string>

#include "cambium/framework/data/tables/table_format.h"

namespace apps {

// Says on standard error that `file`, whose rows have so many cells, has no heading, and in which order its columns are taken: who
// has another order would not notice. Nothing where the columns of the training have no names but their numbers.
void say_by_place(const std::string& file, std::size_t columns, const cambium::TableFormat& format);

}  // namespace apps
