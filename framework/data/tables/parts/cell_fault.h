// A cell that cannot be read.
#pragma once

#include "cambium/framework/base/error.h"

namespace cambium {

// The row can be passed over, and what is behind the cell be read: the table itself is whole.
class CellFault : public Error {
 public:
  using Error::Error;
};

}  // namespace cambium
