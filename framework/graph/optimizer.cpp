#include "cambium/framework/graph/optimizer.h"

#include <algorithm>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/in_use.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// NaN is beyond every bound.
bool within(const real* x, std::size_t n, real bound) { return kernels(best_isa()).elementwise.largest(x, n) <= bound; }

bool finite(const real* x, std::size_t n) { return kernels(best_isa()).elementwise.all_finite(x, n); }

}  // namespace

void Optimizer::set_rate(double) {
  throw Error(describe().kind + ": its rate cannot be set", "overriding set_rate, or deriving from FirstOrder");
}

void Optimizer::state_dict(StateDict& dict) {
  long done = steps();
  dict.value("steps", done, 0L);
  if (dict.way() == StateDict::Way::read) resume(done);
}

void Optimizer::check_belongs(const Weights& weights) const {
  if (weights_ != 0 && weights_ != weights.id())
    throw Error(describe().kind + ": this optimizer has moved other weights, and its steps and moments are theirs",
                "an optimizer for each set of weights");
}

void Optimizer::prepare(const Weights& weights) {
  check_belongs(weights);
  allocate(weights.block().size(), best_isa());
  meet(weights.ranges());
  if (seen_.empty()) seen_ = blocks();
  weights_ = weights.id();
}

bool Optimizer::update_and_look(const Range& range, std::size_t first, std::size_t last) noexcept {
  const FlushDenormals flush;
  update(range, first, last);
  if (range.settings.freeze) return true;
  return finite(range.weight + first, last - first) && std::all_of(seen_.begin(), seen_.end(), [&](const Block& moment) {
           return finite(moment.values.data() + range.offset + first, last - first);
         });
}

bool Optimizer::step(Weights& weights) {
  const FlushDenormals flush;
  prepare(weights);
  weights.check_gradients("step");
  const InUse::Hold hold(weights.in_use(), "these weights", one_thread);
  const std::span<const Range> ranges = weights.ranges();
  const real bound = largest_gradient();
  const auto moves = [](const Range& r) { return r.has_gradient && !r.settings.freeze; };
  const auto too_large = [&](const Range& r) { return moves(r) && !within(r.gradient, r.size, bound); };
  if (bound < std::numeric_limits<real>::max() && std::any_of(ranges.begin(), ranges.end(), too_large)) {
    weights.mark_gradients_used();
    return false;
  }
  begin(ranges);
  bool good = true;
  for (const Range& range : ranges)
    if (range.has_gradient) good &= update_and_look(range, 0, range.size);
  weights.mark_gradients_used();
  weights.raise_version();
  return good;
}

}  // namespace cambium
