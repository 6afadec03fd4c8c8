#include "cambium/framework/training/loss.h"

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

// These put a text together on the way to an Error only: they are called before every step, which must not allocate.
std::string samples(int batch) { return std::to_string(batch) + (batch == 1 ? " sample" : " samples"); }

// "sample 3 of the batch", and where a sample has several labels "sample 3 of the batch at position 5 of 8x8".
std::string place_of(std::size_t label, const Shape& positions) {
  const std::size_t each = as_size(positions.size());
  return "sample " + std::to_string(label / each) + " of the batch" +
         (positions.rank() == 0 ? "" : " at position " + std::to_string(label % each) + " of " + positions.str());
}

void check_labels(const Loss& loss, const ConstView& y, std::span<const int> labels) {
  const Shape positions = loss.label_shape(y.shape);
  const bool several = positions.rank() > 0;
  if (labels.size() != as_size(y.batch) * as_size(positions.size()))
    throw Error(loss.describe().kind + ": " + std::to_string(labels.size()) + " labels for an output of " + samples(y.batch) +
                    (several ? " of " + positions.str() + " positions" : ""),
                several ? "one label per position, or Flatten() and one per sample" : "one label per sample");
  const int classes = loss.classes(y.shape);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(loss.describe().kind + ": the label of " + place_of(i, positions) + " is " + std::to_string(labels[i]) +
                      ", and the " + std::to_string(classes) + " classes count from 0 to " + std::to_string(classes - 1),
                  "labels that count from 0, or more outputs in the last layer");
}

}  // namespace

int Loss::label(const real* y, const Shape& output) const noexcept {
  if (output.size() == 1) return -1;
  int best = 0;
  bool numbers = true;
  for (int c = 0; c < output.size(); ++c) {
    numbers = numbers && y[c] == y[c];
    if (y[c] > y[best]) best = c;
  }
  return numbers ? best : -1;
}

void Loss::check(const ConstView& y, const Target& target, const View& dy) const {
  if (target.has_labels())
    check(y.shape, {classes(y.shape), label_shape(y.shape)});
  else
    check(y.shape, {0, target.values.shape});
  if (y.batch < 1 || !y.data) throw Error(describe().kind + ": an output of no samples has no mean loss", "a batch of at least 1");
  if (target.has_labels())
    check_labels(*this, y, target.labels);
  else if (target.values.batch != y.batch)
    throw Error(describe().kind + ": targets of " + samples(target.values.batch) + " for an output of " + samples(y.batch),
                "one target per sample");
  else
    check_targets(target.values);
  if (!target.weights.empty() && target.weights.size() != as_size(y.batch))
    throw Error(describe().kind + ": " + std::to_string(target.weights.size()) + " weights for an output of " + samples(y.batch),
                "one weight per sample");
  if (dy.data && dy.shape != y.shape)
    throw Error(describe().kind + ": a gradient of " + dy.shape.str() + " for an output of " + y.shape.str(),
                "plan.output_gradient(), or View{} where no gradient is needed");
  if (dy.data && dy.data == y.data)
    throw Error(describe().kind + ": the gradient lies where the output does, which is still read", "memory of its own for dy");
}

double Loss::evaluate(const ConstView& y, const Target& target, View dy, double scale) const {
  const FlushDenormals flush;
  check(y, target, dy);
  return target.weights.empty() ? compute(y, target, dy, scale) : compute_weighted(y, target, dy, scale);
}

// Sample by sample, each as a batch of its own.
double Loss::compute_weighted(const ConstView& y, const Target& target, const View& dy, double scale) const noexcept {
  const std::size_t labels = target.labels.size() / as_size(y.batch);  // of a sample
  double loss = 0;
  for (int i = 0; i < y.batch; ++i) {
    Target one;
    if (target.has_labels())
      one.labels = target.labels.subspan(as_size(i) * labels, labels);
    else
      one.values = {target.values.row(i), target.values.shape, 1};
    const View gradient = dy.data ? View{dy.row(i), dy.shape, 1} : View{};
    loss += compute({y.row(i), y.shape, 1}, one, gradient, scale * static_cast<double>(target.weights[as_size(i)]) / y.batch);
  }
  return loss;
}

}  // namespace cambium
