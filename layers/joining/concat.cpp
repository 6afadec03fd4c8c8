#include "cambium/layers/joining/concat.h"

#include <cstring>
#include <limits>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/layers/joining/join.h"

namespace cambium {

namespace {

void check_other_sizes(const Shape& first, const Shape& other, std::size_t number) {
  bool agree = first.rank() == other.rank() && first.rank() > 0;
  for (int axis = 1; agree && axis < first.rank(); ++axis) agree = first[axis] == other[axis];
  if (!agree)
    throw Error("joins along channels, and all other sizes must agree: input 0 is " + first.str() + ", input " +
                    std::to_string(number) + " is " + other.str(),
                "the same stride and pad on all paths");
}

void copy(const real* from, real* to, int n) { std::memcpy(to, from, as_size(n) * sizeof(real)); }

}  // namespace

LayerSpec Concat::plan(const Setting& setting) const {
  check_inputs(setting, "Concat()");
  const Shape& first = setting.in[0];
  long long channels = 0;
  for (std::size_t k = 0; k < setting.in.size(); ++k) {
    check_other_sizes(first, setting.in[k], k);
    channels += setting.in[k].channels();
  }
  if (channels > std::numeric_limits<int>::max())
    throw Error("the inputs have more than 2^31 - 1 channels together", "fewer or smaller inputs");
  int sizes[4] = {static_cast<int>(channels), first[1], first[2], first[3]};
  LayerSpec spec;
  spec.out = Shape(sizes, first.rank());
  spec.exported = exported(form::Join{form::Join::How::channels});
  return spec;
}

void Concat::forward(const Forward& ctx, Slice slice) const noexcept {
  for (int row = slice.begin; row < slice.end; ++row) {
    real* y = ctx.y.row(row);
    for (const ConstView& x : ctx.x) {
      copy(x.row(row), y, x.shape.size());
      y += x.shape.size();
    }
  }
}

void Concat::backward_input(const Backward& ctx, Slice slice) const noexcept {
  for (int row = slice.begin; row < slice.end; ++row) {
    const real* dy = ctx.dy.row(row);
    for (const View& dx : ctx.dx) {
      if (dx.data != nullptr) copy(dy, dx.row(row), dx.shape.size());
      dy += dx.shape.size();
    }
  }
}

Description Concat::describe() const { return {"concat", {}}; }

}  // namespace cambium
