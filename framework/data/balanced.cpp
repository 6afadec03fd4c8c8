#include "cambium/framework/data/balanced.h"

#include <algorithm>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"

namespace cambium {

Sampling balanced(const Dataset& set) {
  const std::vector<Dataset::TargetKind> kinds = set.target_kinds();
  if (kinds.empty() || kinds[0].classes < 1 || kinds[0].shape.rank() > 0)
    throw Error("balanced sampling of " + set.describe() + ": its first target is not one label for each", "Sampling(weights)");
  std::vector<int> labels;
  std::vector<double> counts(static_cast<std::size_t>(kinds[0].classes));
  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(set.size(), 64)), .shuffle = false});
  while (const Batch* batch = stream.next())
    for (int i = 0; i < batch->size(); ++i) {
      labels.push_back(batch->target().labels[static_cast<std::size_t>(i)]);
      counts[static_cast<std::size_t>(labels.back())] += 1;
    }
  std::vector<double> weights;
  weights.reserve(labels.size());
  for (const int label : labels) weights.push_back(1 / counts[static_cast<std::size_t>(label)]);
  return Sampling(weights);
}

}  // namespace cambium
