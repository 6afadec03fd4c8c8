#include "cambium/framework/data/augment/elastic.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/portable_math.h"
#include "cambium/framework/data/parts/resample.h"

namespace cambium {
namespace {

// to += weight * (from, moved by `step` values), over `lines` lines of `length` each; from beyond the ends of a line comes 0.
void add_moved(const real* from, real* to, real weight, int lines, std::ptrdiff_t length, std::ptrdiff_t step) noexcept {
  const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(0, -step), end = std::min(length, length - step);
  for (int line = 0; line < lines; ++line)
    for (std::ptrdiff_t i = line * length + begin; i < line * length + end; ++i) to[i] += weight * from[i + step];
}

}  // namespace

Elastic::Elastic(const ElasticOptions& options) : options_(options) {
  if (!(options.alpha >= 0 && std::isfinite(options.alpha)))
    throw Error("elastic: .alpha = " + text_of(options.alpha) + " must be at least 0 and finite", ".alpha = 34");
  if (!(options.sigma > 0 && options.sigma <= 100))
    throw Error("elastic: .sigma = " + text_of(options.sigma) + " must be above 0 and at most 100 pixels", ".sigma = 4");
  check_fill("elastic", options.fill);
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i <= std::ceil(3 * options.sigma); ++i) {
    weights.push_back(portable_math::exp(-0.5 * (i / options.sigma) * (i / options.sigma)));
    sum += (i == 0 ? 1 : 2) * weights.back();
  }
  for (const double w : weights) gaussian_.push_back(static_cast<real>(w / sum));
}

void Elastic::check(const Shape& sample) const { check_image("elastic", sample); }

// `smoothed` is used on the way, and the field is in `field` in the end.
void Elastic::draw_field(Random random, const Shape& shape, real* field, real* smoothed) const noexcept {
  const int height = shape[1], width = shape[2], size = shape.spatial();
  for (int i = 0; i < size; ++i) field[i] = static_cast<real>(random.uniform(static_cast<std::uint64_t>(i), -1, 1));
  const int taps = static_cast<int>(gaussian_.size());
  const auto smooth = [&](const real* from, real* to, int lines, int length, std::ptrdiff_t stride) {
    std::fill_n(to, size, real(0));
    for (int k = 1 - taps; k < taps; ++k)
      if (std::abs(k) * stride < length) add_moved(from, to, gaussian_[as_size(std::abs(k))], lines, length, k * stride);
  };
  smooth(field, smoothed, height, width, 1);
  smooth(smoothed, field, 1, size, width);
}

void Elastic::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  const std::ptrdiff_t size = shape.spatial(), width = shape[2];
  real *const down = scratch, *const right = scratch + size, *const other = scratch + 2 * size;
  draw_field(random.of(0), shape, down, other);
  draw_field(random.of(1), shape, right, other);
  resample(sample, shape, options_.fill, other, [=, alpha = options_.alpha](int i, int j) {
    const std::ptrdiff_t at = i * width + j;
    return Spot{i + alpha * static_cast<double>(down[at]), j + alpha * static_cast<double>(right[at])};
  });
}

Description Elastic::describe() const { return describe_options("elastic", options_); }

}  // namespace cambium
