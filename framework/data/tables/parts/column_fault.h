// A column of a table that is of no use as it is.
#pragma once

#include "cambium/framework/base/error.h"

namespace cambium {

// No cell of it is to blame, and whatever is done with missing ones is no help: the table can be learnt from without it.
class ColumnFault : public Error {
 public:
  using Error::Error;
};

}  // namespace cambium
