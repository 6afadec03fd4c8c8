#include "cambium/framework/data/parts/labels.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

// Whether the set knew them.
bool known_labels(const Dataset& set, std::vector<int>& labels) {
  constexpr std::int64_t most = 1024;  // rows at a time
  labels.resize(static_cast<std::size_t>(set.size()));
  std::vector<std::int64_t> rows;
  for (std::int64_t begin = 0; begin < set.size(); begin += most) {
    rows.resize(static_cast<std::size_t>(std::min(most, set.size() - begin)));
    std::iota(rows.begin(), rows.end(), begin);
    if (!set.fetch_labels(rows, {labels.data() + begin, rows.size()})) return false;
  }
  return true;
}

void read_labels(const Dataset& set, std::vector<int>& labels) {
  labels.clear();
  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(set.size(), 64)), .shuffle = false});
  while (const Batch* batch = stream.next())
    labels.insert(labels.end(), batch->target().labels.begin(), batch->target().labels.end());
}

}  // namespace

bool has_labels(const Dataset& set) {
  const std::vector<Dataset::TargetKind> kinds = set.target_kinds();
  return !kinds.empty() && kinds[0].classes > 0 && kinds[0].shape.rank() == 0;
}

std::vector<int> labels_of(const Dataset& set) {
  std::vector<int> labels;
  if (!known_labels(set, labels)) read_labels(set, labels);
  const int classes = set.target_kinds()[0].classes;
  for (std::size_t row = 0; row < labels.size(); ++row)
    if (labels[row] < 0 || labels[row] >= classes)
      throw Error(
          set.describe() + ": " + set.name_of_row(static_cast<std::int64_t>(row)) + " has the label " + std::to_string(labels[row]),
          "labels from 0 to " + std::to_string(classes - 1));
  return labels;
}

}  // namespace cambium
