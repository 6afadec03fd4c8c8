#include "cambium/framework/testing/check_loss.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/random.h"
#include "cambium/framework/testing/count_allocations.h"
#include "cambium/framework/testing/faults.h"
#include "cambium/framework/testing/gradient_errors.h"
#include "cambium/framework/testing/guarded.h"

namespace cambium::testing {
namespace {

constexpr bool in_double = sizeof(real) == 8;
constexpr double close_enough = in_double ? 1e-12 : 1e-5;
constexpr int samples = 7;

class LossExaminer {
 public:
  LossExaminer(const Loss& loss, const Shape& output, const Dataset::TargetKind& kind, const LossOptions& options)
      : loss_(loss),
        shape_(output),
        kind_(kind),
        options_(options),
        width_(as_size(output.size())),
        y_(bytes(output)),
        dy_(bytes(output)),
        values_(bytes(kind.shape)) {}

  void examine();

  std::vector<std::string> faults;
  double gradient_error = 0;

 private:
  struct Result {
    double loss;
    std::vector<double> dy;
  };
  static std::size_t bytes(const Shape& shape) { return as_size(samples * shape.size()) * sizeof(real); }
  void draw();
  void normalize();
  Target target(int first, int count) const;
  ConstView y(int first, int count) const { return {y_.as<real>().data() + as_size(first) * width_, shape_, count}; }
  Result evaluate(int first, int count, double scale);
  double loss_alone() { return loss_.evaluate(y(0, samples), target(0, samples), View{}); }

  void examine_writes();
  void examine_cuts();
  void examine_scale();
  void examine_far();
  void examine_gradient();
  void examine_refusals();
  void refuses(const std::string& what, const ConstView& y, const Target& target);
  void fault(const std::string& what) { faults.push_back(fmt::format("{} of {}: {}", loss_.describe().str(), shape_.str(), what)); }
  bool near(double a, double b) const { return std::fabs(a - b) <= close_enough * (1 + std::fabs(b)); }

  const Loss& loss_;
  Shape shape_;
  Dataset::TargetKind kind_;
  LossOptions options_;
  std::size_t width_;
  Guarded y_, dy_, values_;
  std::vector<int> labels_;
};

void LossExaminer::draw() {
  const Random random(3);
  for (std::size_t i = 0; i < y_.as<real>().size(); ++i) y_.as<real>()[i] = static_cast<real>(1.5 * random.of(0).normal(i));
  for (std::size_t i = 0; i < values_.as<real>().size(); ++i)
    values_.as<real>()[i] = static_cast<real>(random.of(1).uniform(i, options_.low, options_.high));
  if (options_.probabilities) normalize();
  labels_.clear();
  for (int i = 0; i < samples * kind_.shape.size(); ++i) labels_.push_back(kind_.classes > 0 ? i * 3 % kind_.classes : 0);
}

void LossExaminer::normalize() {
  const int classes = kind_.shape.channels(), positions = kind_.shape.spatial();
  for (int at = 0; at < samples * positions; ++at) {
    real* const q = values_.as<real>().data() + at / positions * kind_.shape.size() + at % positions;
    double sum = 0;
    for (int c = 0; c < classes; ++c) sum += std::fabs(static_cast<double>(q[c * positions]));
    for (int c = 0; c < classes; ++c) q[c * positions] = static_cast<real>(std::fabs(static_cast<double>(q[c * positions])) / sum);
  }
}

Target LossExaminer::target(int first, int count) const {
  const auto from = as_size(first);
  const std::size_t labels = as_size(kind_.shape.size());  // of a sample
  if (kind_.classes > 0) return Target(std::span(labels_).subspan(from * labels, as_size(count) * labels));
  return Target(ConstView{values_.as<real>().data() + from * as_size(kind_.shape.size()), kind_.shape, count});
}

LossExaminer::Result LossExaminer::evaluate(int first, int count, double scale) {
  dy_.poison();
  const View dy{dy_.as<real>().data() + as_size(first) * width_, shape_, count};
  const double loss = loss_.evaluate(y(first, count), target(first, count), dy, scale);
  return {loss, {dy.begin(), dy.end()}};
}

void LossExaminer::examine() {
  draw();
  if (loss_.describe().kind.empty()) fault("describe() names no kind");
  try {
    loss_.check(shape_, kind_);
    loss_.check(y(0, samples), target(0, samples));
  } catch (const Error& error) {
    return fault("check refuses such outputs and targets: " + std::string(error.what()));
  }
  examine_writes();
  examine_cuts();
  examine_scale();
  examine_refusals();
  if (in_double) examine_gradient();
  examine_far();
}

void LossExaminer::examine_writes() {
  const auto y_before = y_.copy(), values_before = values_.copy();
  const Result whole = evaluate(0, samples, 1), again = evaluate(0, samples, 1);
  if (!std::isfinite(whole.loss)) fault(fmt::format("the loss is {}", whole.loss));
  for (std::size_t i = 0; i < whole.dy.size(); ++i)
    if (!std::isfinite(whole.dy[i])) {
      fault(fmt::format("dy[{}] was not written, or is not finite", i));
      break;
    }
  if (whole.loss != again.loss || whole.dy != again.dy) fault("a second call gives other bits");
  if (loss_alone() != whole.loss) fault(fmt::format("without dy the loss is {} instead of {}", loss_alone(), whole.loss));
  if (y_.copy() != y_before || values_.copy() != values_before) fault("evaluate writes to y or to the target");
  evaluate(2, 3, 1);
  for (std::size_t i = 0; i < dy_.as<real>().size(); ++i)
    if ((i < 2 * width_ || i >= 5 * width_) && !is_poison(dy_.as<real>()[i])) {
      fault("evaluate writes to dy beyond the samples that it was given");
      break;
    }
  if (!dy_.intact() || !y_.intact() || !values_.intact()) fault("evaluate writes beyond the end of what it was given");
  const Target all = target(0, samples);
  const cambium_testing::AllocationCount count;
  loss_.evaluate(y(0, samples), all, {dy_.as<real>().data(), shape_, samples});
  if (count.since() != 0) fault("evaluate takes memory, " + std::to_string(count.since()) + " times");
}

void LossExaminer::examine_cuts() {
  const Result whole = evaluate(0, samples, 1);
  for (const int size : {1, 3}) {
    double sum = 0;
    std::vector<double> dy;
    for (int first = 0; first < samples; first += size) {
      const int count = std::min(size, samples - first);
      const double share = static_cast<double>(count) / samples;
      const Result part = evaluate(first, count, share);
      sum += part.loss;
      dy.insert(dy.end(), part.dy.begin(), part.dy.end());
    }
    const std::string cut = "cut into batches of " + std::to_string(size) + ", each with its share of the samples as scale, ";
    if (!near(sum, whole.loss)) fault(fmt::format("{}the losses sum to {} instead of {}", cut, sum, whole.loss));
    for (std::size_t i = 0; i < dy.size(); ++i)
      if (!near(dy[i] * samples, whole.dy[i] * samples)) {
        fault(fmt::format("{}dy[{}] is {} instead of {}", cut, i, dy[i], whole.dy[i]));
        break;
      }
  }
}

void LossExaminer::examine_scale() {
  const Result one = evaluate(0, samples, 1), scaled = evaluate(0, samples, 0.25);
  if (!near(scaled.loss, 0.25 * one.loss)) fault(fmt::format("scale 0.25 makes the loss {} of {}", scaled.loss, one.loss));
  for (std::size_t i = 0; i < one.dy.size(); ++i)
    if (!near(scaled.dy[i], 0.25 * one.dy[i]))
      return fault(fmt::format("scale 0.25 makes dy[{}] {} of {}", i, scaled.dy[i], one.dy[i]));
}

void LossExaminer::examine_far() {
  for (const double far : {options_.far, -options_.far}) {
    if (far == 0) break;
    draw();
    for (std::size_t i = 0; i < y_.as<real>().size(); ++i) y_.as<real>()[i] = static_cast<real>(i % 2 ? far : -far);
    const Result result = evaluate(0, samples, 1);
    if (!std::isfinite(result.loss)) fault(fmt::format("the loss is {} for outputs of {}", result.loss, far));
    for (const double d : result.dy)
      if (!std::isfinite(d)) {
        fault(fmt::format("dy has a {} for outputs of {}", d, far));
        break;
      }
  }
  draw();
  y_.as<real>()[0] = std::numeric_limits<real>::quiet_NaN();
  if (const double loss = loss_alone(); std::isfinite(loss)) fault(fmt::format("an output of NaN is hidden: the loss is {}", loss));
  draw();
}

void LossExaminer::examine_gradient() {
  const Result result = evaluate(0, samples, 0.7);
  double worst = 0, largest = 1e-8;
  std::string text;
  for (const double d : result.dy) largest = std::max(largest, std::fabs(d));
  for (std::size_t i = 0; i < result.dy.size(); ++i) {
    real& value = y_.as<real>()[i];
    const real was = value;
    const auto at = [&](double step) {
      value = static_cast<real>(static_cast<double>(was) + step);
      return 0.7 * loss_alone();
    };
    const double numeric = (at(options_.step) - at(-options_.step)) / (2 * options_.step);
    value = was;
    const double error = std::fabs(numeric - result.dy[i]) / largest;
    if (error <= worst) continue;
    worst = error;
    text = fmt::format("dy[{}] is {}, central differences say {}", i, result.dy[i], numeric);
  }
  gradient_error = worst;
  if (!(worst <= options_.tolerance))
    fault(fmt::format("{} (relative error {:.2g}, allowed {:.0g})", text, worst, options_.tolerance));
}

void LossExaminer::refuses(const std::string& what, const ConstView& y, const Target& target) {
  try {
    loss_.check(y, target);
    fault("check lets " + what + " through");
  } catch (const Error&) {
  }
}

void LossExaminer::examine_refusals() {
  refuses("fewer targets than outputs", y(0, samples), target(0, samples - 1));
  refuses("more targets than outputs", y(0, samples - 1), target(0, samples));
  if (kind_.classes == 0) return;
  for (const int wrong : {-1, kind_.classes}) {
    labels_[2] = wrong;
    refuses("a label of " + std::to_string(wrong), y(0, samples), target(0, samples));
  }
  draw();
}

}  // namespace

std::vector<std::string> loss_faults(const Loss& loss, const Shape& output, const Dataset::TargetKind& target,
                                     const LossOptions& options) {
  LossExaminer examiner(loss, output, target, options);
  examiner.examine();
  return examiner.faults;
}

void check_loss(const Loss& loss, const Shape& output, const Dataset::TargetKind& target, const LossOptions& options) {
  LossExaminer examiner(loss, output, target, options);
  examiner.examine();
  if (in_double) note_gradient_error(loss.describe().kind, examiner.gradient_error, options.tolerance);
  throw_faults("check_loss", examiner.faults);
}

}  // namespace cambium::testing
