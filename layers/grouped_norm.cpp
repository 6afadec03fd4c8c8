#include "cambium/layers/grouped_norm.h"

#include <algorithm>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/kernels.h"

namespace cambium {

Needs GroupedNorm::plan(const Shape& in, const std::string& remedy) const {
  const auto size = static_cast<std::size_t>(in.size());
  if (size == groups_)
    throw Error("an input of " + in.str() + " has one value in each group, and its normalization is always 0", remedy);
  Needs needs;
  needs.out = in;
  needs.keep = {{Room::Type::reals, 0, groups_}};
  needs.reads_y = needs.y_may_be_x = needs.dx_may_be_dy = true;
  needs.flops = 5.0 * in.size();
  return needs;
}

void GroupedNorm::forward(const Pass& pass, Rows rows) const noexcept {
  const NormalizeKernels& kernels = pass.kernels->normalize;
  const std::size_t n = static_cast<std::size_t>(pass.y.shape.size()) / groups_;
  const std::size_t begin = static_cast<std::size_t>(rows.begin) * groups_, end = static_cast<std::size_t>(rows.end) * groups_;
  for (std::size_t group = begin; group < end; ++group) {
    const real* const x = pass.x[0].data + group * n;
    double sums[3];  // reference, and the sums of x - reference and of its square
    kernels.moments(x, 1, 1, n, sums);
    const double shift = sums[1] / static_cast<double>(n);
    const double variance = std::max(sums[2] / static_cast<double>(n) - shift * shift, 0.0);
    // The mean, rounded, and what the rounding lost: exact also where the first value stands far from the others.
    const real ref = static_cast<real>(sums[0] + shift), delta = static_cast<real>((sums[0] - static_cast<double>(ref)) + shift);
    const real rstd = static_cast<real>(DeviationRule{epsilon_, false}.reciprocal(0, variance));
    const real map[3] = {ref, delta, rstd};
    kernels.forward(x, pass.y.data + group * n, 1, 1, n, {map, nullptr, false}, {});
    pass.kept<real>(0)[group] = rstd;
  }
}

void GroupedNorm::backward(const Back& back, Rows rows) const noexcept {
  if (back.dx[0].data == nullptr) return;
  const std::size_t n = static_cast<std::size_t>(back.y.shape.size()) / groups_;
  const std::size_t begin = static_cast<std::size_t>(rows.begin) * groups_, end = static_cast<std::size_t>(rows.end) * groups_;
  for (std::size_t group = begin; group < end; ++group)
    scaled_back(back.kernels->normalize, back.y.data + group * n, back.dy.data + group * n, back.dx[0].data + group * n, n,
                back.kept<const real>(0)[group], true);
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
