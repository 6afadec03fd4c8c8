#include "apps/train/page/samples.h"

#include <algorithm>
#include <memory>

namespace train {

using namespace cambium;

Subset some_of(const Dataset& set, std::int64_t most) {
  const std::int64_t count = std::min(most, set.size());
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(i * set.size() / count);
  return {std::shared_ptr<const Dataset>(std::shared_ptr<const Dataset>(), &set), std::move(rows)};
}

Inputs inputs_of(const Dataset& set, const std::vector<std::int64_t>& rows) {
  Inputs inputs{.values = {}, .shape = set.input_shapes()[0], .count = static_cast<int>(rows.size())};
  inputs.values.resize(rows.size() * static_cast<std::size_t>(inputs.shape.size()));
  const View x{inputs.values.data(), inputs.shape, inputs.count};
  const Dataset::TargetKind kind = set.target_kinds()[0];
  const std::size_t targets = rows.size() * static_cast<std::size_t>(kind.shape.size());
  std::vector<int> labels(kind.classes > 0 ? targets : 0);
  std::vector<real> values(kind.classes > 0 ? 0 : targets);
  const std::span<int> all_labels(labels);
  const View all_values{values.empty() ? nullptr : values.data(), kind.shape, values.empty() ? 0 : inputs.count};
  set.fetch(rows, {&x, 1}, {&all_labels, 1}, {&all_values, 1});
  set.check_fetched();
  return inputs;
}

}  // namespace train
