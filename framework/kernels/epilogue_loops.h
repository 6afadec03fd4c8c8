// NormEpilogue as compile-time switches, so that each loop stays free of branches. Only for the sources of kernels.
#pragma once

#include <cstddef>

#include "cambium/framework/kernels/norm_epilogue.h"
#include "cambium/framework/kernels/sums.h"

namespace cambium::CAMBIUM_ISA {

// V is one value or a vector of them.
template <bool has_gamma, bool has_beta, bool has_relu>
struct FixedEpilogue {
  static constexpr bool maps = has_gamma || has_beta;
  template <class V>
  static V apply(V xhat, V gamma, V beta) {
    V y = xhat;
    if constexpr (has_gamma) y *= gamma;
    if constexpr (has_beta) y += beta;
    if constexpr (has_relu) y = y < V{} ? V{} : y;
    return y;
  }
  // The gradient that arrives before the relu.
  template <class V>
  static V pass(V xhat, V gamma, V beta, V dy) {
    if constexpr (!has_relu) return dy;
    return FixedEpilogue<has_gamma, has_beta, false>::apply(xhat, gamma, beta) > V{} ? dy : V{};
  }
  static real times_gamma(real g, real gamma) {
    if constexpr (has_gamma) return g * gamma;
    return g;
  }
  static real gamma_of(NormEpilogue epilogue, std::size_t c) { return has_gamma ? epilogue.gamma[c] : real(1); }
  static real beta_of(NormEpilogue epilogue, std::size_t c) { return has_beta ? epilogue.beta[c] : real(0); }
  // Of n channels from c on; what is not there is not used.
  static Vec gammas(NormEpilogue epilogue, std::size_t c, int n) { return has_gamma ? load_up_to(epilogue.gamma + c, n) : Vec{}; }
  static Vec betas(NormEpilogue epilogue, std::size_t c, int n) { return has_beta ? load_up_to(epilogue.beta + c, n) : Vec{}; }
};

template <class Call>
void with_epilogue(NormEpilogue t, Call call) {
  if (t.relu) {
    if (t.gamma && t.beta)
      call(FixedEpilogue<true, true, true>());
    else if (t.gamma)
      call(FixedEpilogue<true, false, true>());
    else if (t.beta)
      call(FixedEpilogue<false, true, true>());
    else
      call(FixedEpilogue<false, false, true>());
  } else {
    if (t.gamma && t.beta)
      call(FixedEpilogue<true, true, false>());
    else if (t.gamma)
      call(FixedEpilogue<true, false, false>());
    else if (t.beta)
      call(FixedEpilogue<false, true, false>());
    else
      call(FixedEpilogue<false, false, false>());
  }
}

}  // namespace cambium::CAMBIUM_ISA
