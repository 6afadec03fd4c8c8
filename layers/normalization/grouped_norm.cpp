#include "cambium/layers/normalization/grouped_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/export_form.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

LayerSpec GroupedNorm::spec_for(const Shape& in, const std::string& remedy) const {
  if (as_size(in.size()) == groups_of(in))
    throw Error("an input of " + in.str() + " has one value in each group, and its normalization is always 0", remedy);
  LayerSpec spec;
  spec.out = in;
  spec.saved = {{Saved::Type::reals, 0, groups_of(in)}};
  spec.reads_y = spec.in_place = spec.backward_in_place = true;
  spec.flops = 5.0 * in.size();
  spec.exported = exported(form::SampleNorm{static_cast<int>(groups_of(in)), true, options_.epsilon});
  return spec;
}

void GroupedNorm::forward(const Forward& ctx, Slice slice) const noexcept {
  const NormalizeKernels& kernels = ctx.kernels->normalize;
  const std::size_t groups = groups_of(ctx.y.shape), n = as_size(ctx.y.shape.size()) / groups;
  real* const rstds = ctx.saved<real>(0) + as_size(slice.begin) * groups;
  for (std::size_t group = 0; group < as_size(slice.count()) * groups; ++group) {
    const real* const x = ctx.x[0].row(slice.begin) + group * n;
    double sums[3];  // reference, and the sums of x - reference and of its square
    kernels.moments(x, 1, 1, n, sums);
    const double shift = sums[1] / static_cast<double>(n);
    const double variance = std::max(sums[2] / static_cast<double>(n) - shift * shift, 0.0);
    // The mean, rounded, and what the rounding lost: exact also where the first value stands far from the others.
    const real ref = static_cast<real>(sums[0] + shift), delta = static_cast<real>((sums[0] - static_cast<double>(ref)) + shift);
    const real rstd = static_cast<real>(DeviationRule{options_.epsilon, false}.reciprocal(0, variance));
    const real map[3] = {ref, delta, rstd};
    kernels.forward(x, ctx.y.row(slice.begin) + group * n, 1, 1, n, {map, nullptr, false}, {});
    rstds[group] = rstd;
  }
}

void GroupedNorm::backward_input(const Backward& ctx, Slice slice) const noexcept {
  const std::size_t groups = groups_of(ctx.y.shape), n = as_size(ctx.y.shape.size()) / groups;
  const real *const y = ctx.y.row(slice.begin), *const dy = ctx.dy.row(slice.begin);
  const real* const rstds = ctx.saved<const real>(0) + as_size(slice.begin) * groups;
  real* const dx = ctx.dx[0].row(slice.begin);
  for (std::size_t group = 0; group < as_size(slice.count()) * groups; ++group)
    scaled_back(ctx.kernels->normalize, y + group * n, dy + group * n, dx + group * n, n, rstds[group], true);
}

void scaled_back(const NormalizeKernels& kernels, const real* y, const real* dy, real* dx, std::size_t n, real rstd, bool centred) {
  const real same[3] = {0, 0, 1};  // y is normalized already
  double sums[2];                  // of dy, and of dy y
  kernels.back_moments(y, dy, 1, 1, n, {same, nullptr, false}, {}, sums);
  const double scale = static_cast<double>(rstd) / static_cast<double>(n);
  const real pulls[2] = {centred ? static_cast<real>(sums[0] * scale) : real(0), static_cast<real>(sums[1] * scale)};
  kernels.backward(y, dy, dx, 1, 1, n, {same, pulls, false}, {&rstd, nullptr, false});
}

}  // namespace cambium
