#include "cambium/framework/data/balanced.h"

#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/parts/labels.h"

namespace cambium {

Sampling balanced(const Dataset& set) {
  if (!has_labels(set))
    throw Error("balanced sampling of " + set.describe() + ": its first target is not one label for each", "Sampling(weights)");
  const std::vector<int> labels = labels_of(set);
  std::vector<double> counts(static_cast<std::size_t>(set.target_kinds()[0].classes));
  for (const int label : labels) counts[static_cast<std::size_t>(label)] += 1;
  std::vector<double> weights;
  weights.reserve(labels.size());
  for (const int label : labels) weights.push_back(1 / counts[static_cast<std::size_t>(label)]);
  return Sampling(weights);
}

}  // namespace cambium
