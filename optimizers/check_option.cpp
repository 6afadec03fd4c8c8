#include "cambium/optimizers/check_option.h"

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"

namespace cambium {

void check_option(const std::string& owner, const std::string& option, double value, bool good, const std::string& need,
                  const std::string& remedy) {
  if (!good) throw Error(owner + ": ." + option + " = " + text_of(value) + " must be " + need, "." + option + " = " + remedy);
}

}  // namespace cambium
