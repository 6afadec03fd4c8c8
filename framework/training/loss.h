// The loss contract: one number and its gradient, from an output and what it should have been.
#pragma once

#include <memory>
#include <string>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/batch.h"
#include "cambium/framework/data/dataset.h"

namespace cambium {

class Loss {
 public:
  virtual ~Loss() = default;

  // Throws Error when outputs of this shape cannot be compared with targets of this kind.
  virtual void check(const Shape& output, const Dataset::TargetKind& target) const = 0;
  // Throws Error, naming the row, when this batch's targets do not fit the output: count, shape, labels out of range.
  void check(const ConstView& y, const Target& target) const;

  // The mean loss over the batch times `scale`; dy gets its gradient (and may have data null: no gradient wanted).
  // Finite for any finite y. Checked by `check` beforehand.
  virtual double evaluate(const ConstView& y, const Target& target, View dy, double scale = 1) const noexcept = 0;

  virtual Description describe() const = 0;

 protected:
  Loss() = default;
  Loss(const Loss&) = default;
  Loss& operator=(const Loss&) = default;
};

}  // namespace cambium
