#include "cambium/framework/base/state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cambium {

void StateDict::check(const std::string& name, double number, double least, double most, bool whole) const {
  constexpr double exact = 0x1.0p53;
  if (whole) least = std::max(least, -exact), most = std::min(most, exact);
  if (!(number >= least && number <= most) || (whole && number != std::floor(number)))
    fail(name, fmt::format("is {}, which must be a {}number from {} to {}", number, whole ? "whole " : "", least, most));
}

}  // namespace cambium
