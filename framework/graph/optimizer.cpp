#include "cambium/framework/base/optimizer.h"

#include <algorithm>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {
namespace {

// NaN is beyond every bound.
bool within(const real* x, std::size_t n, real bound) { return kernels(best_isa()).elementwise.largest(x, n) <= bound; }

bool finite(const real* x, std::size_t n) { return within(x, n, std::numeric_limits<real>::max()); }

}  // namespace

void Optimizer::prepare(const Weights& weights) {
  const std::size_t size = weights.block().size();
  allocate(size, best_isa());
  if (seen_of_ == this && seen_size_ == size) return;
  seen_ = blocks();
  seen_of_ = this, seen_size_ = size;
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
  const std::span<const Range> ranges = weights.ranges();
  weights.mark_gradients_used();
  const real bound = largest_gradient();
  const auto too_large = [&](const Range& r) { return !r.settings.freeze && !within(r.gradient, r.size, bound); };
  if (bound < std::numeric_limits<real>::max() && std::any_of(ranges.begin(), ranges.end(), too_large)) return false;
  begin(ranges);
  bool good = true;
  for (const Range& range : ranges) good &= update_and_look(range, 0, range.size);
  weights.raise_version();
  return good;
}

}  // namespace cambium
