#include "cambium/framework/training/parts/tally.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cambium {

bool names_classes(const Loss& loss, const Shape& output) noexcept {
  constexpr real value = 0;
  return output.size() > 1 || loss.label(&value, output) >= 0;
}

Tally::Tally(std::size_t outputs, const Loss& first, const Shape& output, bool labels, Detail detail)
    : first_(first),
      counts_(labels && names_classes(first, output)),
      classes_(counts_ ? first.classes(output) : 0),
      positions_(counts_ ? first.label_shape(output).size() : 1),
      losses_(outputs, 0) {
  const auto n = as_size(classes_);
  if (detail == Detail::means) return;
  confusion_.assign(n * n, 0);
  if (!labels) values_.resize(as_size(first.predicted_values(output)));
}

void Tally::add(std::span<const double> loss_sums, const ConstView& y, const Target& target) noexcept {
  for (std::size_t k = 0; k < losses_.size(); ++k) losses_[k] += loss_sums[k];
  if (!values_.empty()) add_values(y, target.values);
  samples_ += y.batch;
  for (int i = 0; counts_ && i < y.batch; ++i)
    for (int p = 0; p < positions_; ++p) {
      const int predicted = first_.label_at(y.row(i), y.shape, p), truth = truth_of(target, i, p);
      correct_ += predicted == truth;
      if (!confusion_.empty() && predicted >= 0 && predicted < classes_)
        ++confusion_[as_size(truth) * as_size(classes_) + as_size(predicted)];
    }
}

// Of mixed samples the label that counts most.
int Tally::truth_of(const Target& target, int sample, int position) const noexcept {
  return target.has_labels() ? target.labels[as_size(sample) * as_size(positions_) + as_size(position)]
                             : first_.label_at(target.values.row(sample), target.values.shape, position);
}

void Tally::add_values(const ConstView& y, const ConstView& target) noexcept {
  if (target.shape.size() != static_cast<int>(values_.size())) return;
  for (int i = 0; i < y.batch; ++i)
    for (std::size_t k = 0; k < values_.size(); ++k) {
      Values& of = values_[k];
      const double t = static_cast<double>(target.row(i)[k]), error = static_cast<double>(y.row(i)[k]) - t;
      if (samples_ == 0 && i == 0) of.first = t;
      const double s = t - of.first, s2 = s * s, e2 = error * error;
      of.s += s, of.s2 += s2, of.s3 += s * s2, of.s4 += s2 * s2;
      of.absolute_errors += std::fabs(error), of.e2 += e2, of.e4 += e2 * e2, of.e2_s += e2 * s, of.e2_s2 += e2 * s2;
    }
}

double Tally::Values::r2(double n) const noexcept {
  const double spread = s2 - s * s / n;
  return spread > 0 ? 1 - e2 / spread : Metrics::none;
}

// With d = s - mean, and the ratio q = sum e^2 / sum d^2 of two means over samples (Cochran, Sampling Techniques, section 6.3):
//   variance of q = sum (e^2 - q d^2)^2 / (sum d^2)^2
double Tally::Values::r2_standard_error(double n) const noexcept {
  const double mean = s / n, d2 = s2 - s * mean;
  if (!(d2 > 0)) return Metrics::none;
  const double e2_d2 = e2_s2 - 2 * mean * e2_s + mean * mean * e2;
  const double d4 = s4 - 4 * mean * s3 + 6 * mean * mean * s2 - 3 * n * mean * mean * mean * mean;
  const double q = e2 / d2;
  const double sum = e4 - 2 * q * e2_d2 + q * q * d4;
  return std::sqrt(sum < 0 ? 0 : sum) / d2;  // below 0 by rounding alone; NaN stays
}

void Tally::clear() noexcept {
  samples_ = correct_ = 0;
  std::fill(losses_.begin(), losses_.end(), 0);
  std::fill(confusion_.begin(), confusion_.end(), 0);
  std::fill(values_.begin(), values_.end(), Values{});
}

void Tally::state_dict(StateDict& dict) {
  dict.value("samples", samples_, std::int64_t{0}), dict.value("correct", correct_, std::int64_t{0});
  for (std::size_t i = 0; i < losses_.size(); ++i) dict.value("losses/" + std::to_string(i), losses_[i]);
}

double Tally::loss() const noexcept {
  double sum = 0;
  for (const double loss : losses_) sum += loss / static_cast<double>(samples_);
  return sum;
}

double Tally::accuracy() const noexcept {
  return counts_ && samples_ > 0 ? static_cast<double>(correct_) / (static_cast<double>(samples_) * positions_)
                                 : std::numeric_limits<double>::quiet_NaN();
}

Metrics Tally::metrics() const {
  Metrics metrics{.samples = samples_,
                  .loss = loss(),
                  .losses = losses_,
                  .classes = classes_,
                  .positions = positions_,
                  .confusion = confusion_};
  for (double& loss : metrics.losses) loss /= static_cast<double>(samples_);
  if (values_.empty() || samples_ == 0) return metrics;
  const auto n = static_cast<double>(samples_), all = n * static_cast<double>(values_.size());
  double absolute = 0, squared = 0, r2 = 0, r2_error = 0;
  for (const Values& of : values_) {
    absolute += of.absolute_errors, squared += of.e2;
    r2 += of.r2(n), r2_error += of.r2_standard_error(n);
  }
  metrics.mean_absolute_error = absolute / all;
  metrics.root_mean_squared_error = std::sqrt(squared / all);
  metrics.r2 = r2 / static_cast<double>(values_.size());
  metrics.r2_standard_error = r2_error / static_cast<double>(values_.size());
  return metrics;
}

}  // namespace cambium
