#include "cambium/framework/training/loss.h"

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

std::string samples(int batch) { return std::to_string(batch) + " samples"; }

void check_labels(const Loss& loss, const ConstView& y, std::span<const int> labels) {
  if (labels.size() != static_cast<std::size_t>(y.batch))
    throw Error(loss.describe().kind + ": " + std::to_string(labels.size()) + " labels for an output of " + samples(y.batch),
                "one label per sample");
  const int classes = y.shape.size();
  for (std::size_t row = 0; row < labels.size(); ++row)
    if (labels[row] < 0 || labels[row] >= classes)
      throw Error(loss.describe().kind + ": the label of row " + std::to_string(row) + " is " + std::to_string(labels[row]) +
                      ", and the " + std::to_string(classes) + " classes count from 0 to " + std::to_string(classes - 1),
                  "labels that count from 0, or more outputs in the last layer");
}

void check_values(const Loss& loss, const ConstView& y, const ConstView& values) {
  if (values.batch != y.batch)
    throw Error(loss.describe().kind + ": targets of " + samples(values.batch) + " for an output of " + samples(y.batch),
                "one target per sample");
}

}  // namespace

void Loss::check(const ConstView& y, const Target& target) const {
  // Whether such a target suits such an output at all is the derived class's to say. Labels do not tell of how many classes
  // they are; as many as the output has is the friendliest reading.
  if (target.has_labels()) check(y.shape, {y.shape.size(), {}});
  else check(y.shape, {0, target.values.shape});
  // The name is put together on the way to an Error only: this is called before every step, which must not allocate.
  if (y.batch < 1) throw Error(describe().kind + ": an output of no samples has no mean loss", "a batch of at least 1");
  if (target.has_labels()) check_labels(*this, y, target.labels);
  else check_values(*this, y, target.values);
}

}  // namespace cambium
