// A column of a table that is of no use as it is.
#pragma once

#include "cambium/framework/base/error.h"

namespace cambium {

// Of a column by itself, whatever is done with missing cells: the table can be learnt from without it.
class ColumnFault : public Error {
 public:
  using Error::Error;
};

}  // namespace cambium
