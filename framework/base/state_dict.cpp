#include "cambium/framework/base/state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"

namespace cambium {

void StateDict::check_whole(const std::string& name, double number, double least, double most) {
  constexpr double exact = 0x1.0p53;
  if (number != std::floor(number) || number < std::max(least, -exact) || number > std::min(most, exact))
    throw Error(fmt::format("{} is {}, which must be a whole number from {} to {}", name, number, std::max(least, -exact),
                            std::min(most, exact)),
                "an earlier checkpoint");
}

}  // namespace cambium
