#include "cambium/framework/training/parts/bad_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

std::string name_of(const Batch& batch, const Dataset& data, std::size_t sample) {
  if (sample >= batch.rows.size()) return fmt::format("sample {} of the batch", sample);
  const std::string name = data.name_of_row(batch.rows[sample]);
  return batch.mixed_with.empty() ? name : fmt::format("{}, mixed with {},", name, data.name_of_row(batch.mixed_with[sample]));
}

std::string bad_value(const Batch& batch, const Dataset& data, const ConstView& values, const std::string& who) {
  const real* const bad = std::find_if(values.begin(), values.end(), [](real v) { return !std::isfinite(v); });
  if (bad == values.end()) return "";
  const auto at = static_cast<std::size_t>(bad - values.begin()), width = as_size(values.shape.size());
  return fmt::format("{} holds {} in {}, position {} of {}", name_of(batch, data, at / width), *bad, who, at % width,
                     values.shape.str());
}

std::string bad_label(const Batch& batch, const Dataset& data, std::span<const int> labels, int classes, std::size_t target) {
  const auto bad = std::find_if(labels.begin(), labels.end(), [&](int label) { return label < 0 || label >= classes; });
  if (bad == labels.end()) return "";
  const std::size_t at = static_cast<std::size_t>(bad - labels.begin()), each = labels.size() / as_size(batch.size());
  return fmt::format("{} has the label {} in target {}, and its {} classes count from 0 to {}", name_of(batch, data, at / each),
                     *bad, target, classes, classes - 1);
}

}  // namespace

std::string bad_row(const Batch& batch, const Dataset& data) {
  std::string text;
  for (std::size_t i = 0; i < batch.inputs.size() && text.empty(); ++i)
    text = bad_value(batch, data, batch.inputs[i], fmt::format("input {}", i));
  const std::vector<Dataset::TargetKind> kinds = data.target_kinds();
  for (std::size_t t = 0; t < std::min(kinds.size(), batch.targets.size()) && text.empty(); ++t)
    text = batch.targets[t].has_labels() ? bad_label(batch, data, batch.targets[t].labels, kinds[t].classes, t)
                                         : bad_value(batch, data, batch.targets[t].values, fmt::format("target {}", t));
  return text;
}

std::string bad_targets(const Batch& batch, const Dataset& data, const Loss& loss, const Target& target) {
  if (target.has_labels()) return "";
  for (int i = 0; i < target.values.batch; ++i) try {
      loss.check_targets({target.values.row(i), target.values.shape, 1, i});
    } catch (const Error& error) {
      return fmt::format("{}: {}", name_of(batch, data, as_size(i)), error.problem());
    }
  return "";
}

std::string bad_row(const Dataset& data) {
  const int at_once = static_cast<int>(std::min<std::int64_t>(128, data.size()));
  Stream stream(data, {.batch = at_once, .shuffle = false, .prefetch = false});
  while (const Batch* batch = stream.next())
    if (const std::string text = bad_row(*batch, data); !text.empty()) return text;
  return "";
}

}  // namespace cambium
