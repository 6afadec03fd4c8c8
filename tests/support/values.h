// Values taken out of a plan, to be compared.
#pragma once

#include <cstring>
#include <limits>
#include <vector>

#include "cambium/framework/kernels/real.h"

namespace cambium {

inline constexpr real not_a_number = std::numeric_limits<real>::quiet_NaN();

template <class Values>
std::vector<real> copy_of(const Values& values) {
  return {values.begin(), values.end()};
}

// Every bit, and NaN equal to NaN.
inline bool same(const std::vector<real>& a, const std::vector<real>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(real)) == 0);
}

}  // namespace cambium
