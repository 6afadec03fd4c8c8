#include "apps/common/scaled_target.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/data/stream.h"

namespace apps {

using namespace cambium;

Scale scale_of_targets(const Dataset& set) {
  const int batch = static_cast<int>(std::min<std::int64_t>(128, set.size()));
  double first = 0, sum = 0, squares = 0, n = 0;  // relative to the first value
  Stream stream(set, {.batch = batch, .shuffle = false});
  while (const Batch* part = stream.next())
    for (const real value : part->target().values) {
      if (n == 0) first = static_cast<double>(value);
      const double from = static_cast<double>(value) - first;
      sum += from, squares += from * from, n += 1;
    }
  const double variance = (squares - sum * sum / n) / n;
  return {first + sum / n, variance > 0 ? std::sqrt(variance) : 1};
}

void ScaledTarget::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                         std::span<const View> values) const noexcept {
  set_->fetch(rows, inputs, labels, values);
  for (real& value : values[0]) value = static_cast<real>((static_cast<double>(value) - scale_.mean) / scale_.deviation);
}

}  // namespace apps
