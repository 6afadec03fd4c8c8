// A cell of a new row that says nothing to the format.
#pragma once

#include "cambium/framework/base/error.h"

namespace cambium {

// The row can be passed over, and the rows behind it be read: the table itself is whole.
class CellFault : public Error {
 public:
  using Error::Error;
};

}  // namespace cambium
