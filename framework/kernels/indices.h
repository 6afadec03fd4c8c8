// 0, 1, .., n - 1 as arguments of a template: what std::make_integer_sequence is, without its header, whose inline functions must
// not come into files that are built once per instruction set.
#pragma once

#include "cambium/framework/kernels/real.h"

namespace cambium::CAMBIUM_ISA {

template <int... i>
struct Indices {};

template <int n, int... i>
struct Below : Below<n - 1, n - 1, i...> {};
template <int... i>
struct Below<0, i...> {
  using Type = Indices<i...>;
};

template <int n>
using IndicesBelow = typename Below<n>::Type;

}  // namespace cambium::CAMBIUM_ISA
