// The whole contract of an optimizer in one call: check_optimizer(MyMomentum({.rate = 0.1})).
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/graph/optimizer.h"

namespace cambium::testing {

// Makes a new optimizer, of no weights yet.
using MakeOptimizer = std::function<std::unique_ptr<Optimizer>()>;

// What is found, one sentence each:
//   any cut of a range, in any order, gives the same bits; update_outer, where it is there, those of update
//   needs_whole_gradient says no: then nothing of the gradients is read before `update`
//   only the weights of the part move, and no gradient does; no memory is taken
//   a frozen range stays, its moments too, and so does one whose rate factor is 0; l1, l2 and limit of a range are respected; with
//     no gradient and no penalty, a range that takes no decay stays
//   steps are counted; a second prepare changes nothing; blocks are of the layout of the weights and have names; a training goes on
//     from weights, blocks and steps with the bits of one that was not interrupted
std::vector<std::string> optimizer_faults(const MakeOptimizer& make);

// Throws an Error that lists them.
void check_optimizer(const MakeOptimizer& make);
template <std::derived_from<Optimizer> One>
void check_optimizer(const One& one) {
  check_optimizer(MakeOptimizer([&] { return std::make_unique<One>(one); }));
}

}  // namespace cambium::testing
