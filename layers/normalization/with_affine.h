// Textbook normalization in one word: a norm, then the learnt scale and shift of what it covers.
#pragma once

#include "cambium/framework/graph/item.h"
#include "cambium/layers/linear/affine.h"

namespace cambium {

// The chain of `norm` and an Affine of the same `per`: y = gamma xhat + beta. Taken wherever a layer is,
//   Sequential(Shape{1, 28, 28}, Conv2d(8, {.bias = false}), with_affine(BatchNorm()), Relu(), ...)
//
// The norm says by its option `per` what a statistic covers; LayerNorm takes one gamma and beta per element, as in its paper, and
// any other norm without that option one per channel. `options.per` goes before that when it is not `channel`. For any other pair
// write both layers.
// Settings on the norm, With({.rate = 0.1}, norm), are meant for the affine step: the norm has no parameters.
// Named("first", norm) also names the affine step, "first_affine"; Named("first", with_affine(norm)) names both by their kinds.
Chain with_affine(Item norm, AffineOptions options = {});

}  // namespace cambium
