// The loss contract: one number and its gradient, from an output and what it should have been.
#pragma once

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"

namespace cambium {

// A loss of one's own writes `check`, `compute` and `describe`, and where its outputs are no scores of classes, `classes` and
// `label` too. To use one, call `evaluate`.
class Loss {
 public:
  virtual ~Loss() = default;

  // Throws Error when such outputs cannot be compared with targets of this kind. Asked before a training, and by `evaluate`.
  virtual void check(const Shape& output, const Dataset::TargetKind& target) const = 0;
  // How many classes labels may name beside such an output: they count from 0. As many as it has values; 2 for a single value.
  virtual int classes(const Shape& output) const { return output.size() > 1 ? output.size() : 2; }
  // The class that a model names with these values of one sample: that of the largest, of equal ones the first. -1: none, as
  // where a value is NaN. A single value names none, unless a loss says how. Accuracy and Trainer::predict_labels go by this.
  virtual int label(const real* y, const Shape& output) const noexcept;

  // Over which positions a sample has a label each, beside such an output: none, one label for the whole, unless the loss says
  // otherwise. Then `label_at` names the class at one of them, counted in the order of the labels.
  virtual Shape label_shape(const Shape& /*output*/) const { return {}; }
  virtual int label_at(const real* y, const Shape& output, int /*position*/) const noexcept { return label(y, output); }

  // How many of an output's values, from the first, are predictions of the target's values: all, unless the loss says otherwise.
  // 0: none, as where they are logits. Errors of values (Metrics) go by this.
  virtual int predicted_values(const Shape& output) const noexcept { return output.size(); }

  // Whether an output with this loss has a target in the data: all but NoLoss.
  virtual bool has_target() const noexcept { return true; }

  // The mean loss over the batch times `scale`; dy gets its gradient (View{}: none is computed). Where the target has weights, each
  // sample's loss is multiplied by its weight, and the mean is still over the number of samples, as in Keras. Throws Error, before
  // it writes anything, unless `check` and `check_targets` allow such targets, there is one for each sample (and position), every
  // label is one of `classes`, and dy is of the shape of y and lies elsewhere. dy must have room for the batch of y; its own batch
  // is not read, which in evaluate(plan.forward(x), label, plan.output_gradient()) may still be that of the step before.
  double evaluate(const ConstView& y, const Target& target, View dy, double scale = 1) const;
  // Throws what `evaluate` would.
  void check(const ConstView& y, const Target& target, const View& dy = {}) const;
  // Throws Error, with the place, for values that cannot be targets of this loss, whatever the output. Asked by `evaluate`.
  virtual void check_targets(const ConstView& /*values*/) const {}

  virtual Description describe() const = 0;

 private:
  double compute_weighted(const ConstView& y, const Target& target, const View& dy, double scale) const noexcept;

 protected:
  Loss() = default;
  Loss(const Loss&) = default;
  Loss& operator=(const Loss&) = default;

  // What `evaluate` gives, once everything is checked. A mean over samples, each for itself: then no cut of a set into batches
  // changes the loss of the set, or an accumulated gradient. Finite for any finite y. Neither allocates nor throws.
  virtual double compute(const ConstView& y, const Target& target, View dy, double scale) const noexcept = 0;
};

}  // namespace cambium
