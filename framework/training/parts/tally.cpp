#include "cambium/framework/training/parts/tally.h"

#include <algorithm>
#include <limits>

namespace cambium {

bool names_classes(const Loss& loss, const Shape& output) noexcept {
  constexpr real value = 0;
  return output.size() > 1 || loss.label(&value, output) >= 0;
}

Tally::Tally(std::size_t outputs, const Loss& first, const Shape& output, bool labels, Confusion confusion)
    : first_(first),
      counts_(labels && names_classes(first, output)),
      classes_(counts_ ? first.classes(output) : 0),
      losses_(outputs, 0) {
  const auto n = as_size(classes_);
  if (confusion == Confusion::matrix) confusion_.assign(n * n, 0);
}

void Tally::add(std::span<const double> loss_sums, const ConstView& y, const Target& target) noexcept {
  for (std::size_t k = 0; k < losses_.size(); ++k) losses_[k] += loss_sums[k];
  samples_ += y.batch;
  for (int i = 0; counts_ && i < y.batch; ++i) {
    const int truth = target.labels[as_size(i)], predicted = first_.label(y.row(i), y.shape);
    correct_ += predicted == truth;
    if (!confusion_.empty() && predicted >= 0 && predicted < classes_)
      ++confusion_[as_size(truth) * as_size(classes_) + as_size(predicted)];
  }
}

void Tally::clear() noexcept {
  samples_ = correct_ = 0;
  std::fill(losses_.begin(), losses_.end(), 0);
  std::fill(confusion_.begin(), confusion_.end(), 0);
}

double Tally::loss() const noexcept {
  double sum = 0;
  for (const double loss : losses_) sum += loss / samples_;
  return sum;
}

double Tally::accuracy() const noexcept {
  return counts_ && samples_ > 0 ? static_cast<double>(correct_) / samples_ : std::numeric_limits<double>::quiet_NaN();
}

Metrics Tally::metrics() const {
  Metrics metrics{.samples = samples_, .loss = loss(), .losses = losses_, .classes = classes_, .confusion = confusion_};
  for (double& loss : metrics.losses) loss /= samples_;
  return metrics;
}

}  // namespace cambium
