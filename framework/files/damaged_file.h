// What a reader says of a file that is not what was written, so that whoever has another one can turn to it.
#pragma once

#include "cambium/framework/base/error.h"

namespace cambium {

class DamagedFile : public Error {
 public:
  using Error::Error;
};

}  // namespace cambium
