#include "cambium/framework/data/augment.h"

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"

namespace cambium {

void Augments::add(Mixup mixup) {
  if (mixup_) throw Error("augment: " + str() + ", and another mixup: samples are mixed once", "one Mixup()");
  mixup_ = mixup;
}

void Augments::check(const Shape& sample) const {
  for (const auto& step : steps_) step->check(sample);
}

std::size_t Augments::scratch(const Shape& sample) const {
  std::size_t most = 0;
  for (const auto& step : steps_) most = std::max(most, step->scratch(sample));
  return most;
}

void Augments::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  std::uint64_t index = 0;
  for (const auto& step : steps_) step->apply(sample, shape, random.of(index++), scratch);
}

std::string Augments::str() const {
  std::string text;
  const auto append = [&](const Description& step) { text += (text.empty() ? "" : ", ") + step.str(); };
  for (const auto& step : steps_) append(step->describe());
  if (mixup_) append(mixup_->describe());
  return text.empty() ? "none" : text;
}

Shift::Shift(const ShiftOptions& options) : options_(options) {
  if (options.pixels < 0)
    throw Error("shift: pixels is " + std::to_string(options.pixels) + " and must be at least 0", ".pixels = 2");
  if (!std::isfinite(options.fill))
    throw Error("shift: fill is " + std::to_string(options.fill) + " and must be finite", ".fill = 0");
}

void Shift::check(const Shape& sample) const {
  if (!sample.is_image())
    throw Error("shift: samples are " + sample.str() + " and must be images (channels, height, width)", "leaving .augment out");
  const int smaller = std::min(sample[1], sample[2]);
  if (options_.pixels >= smaller)
    throw Error(
        "shift: a shift by " + std::to_string(options_.pixels) + " pixels can push an image of " + sample.str() + " out of sight",
        ".pixels = " + std::to_string(smaller - 1) + " or less");
}

std::size_t Shift::scratch(const Shape& sample) const { return as_size(sample.spatial()); }

void Shift::apply(real* sample, const Shape& shape, Random random, real* scratch) const noexcept {
  const auto choices = static_cast<std::uint64_t>(options_.pixels) * 2 + 1;
  const int down = static_cast<int>(random.below(0, choices)) - options_.pixels;
  const int right = static_cast<int>(random.below(1, choices)) - options_.pixels;
  if (down == 0 && right == 0) return;
  const int channels = shape[0], height = shape[1], width = shape[2];
  const int overlap = width - std::abs(right), from = std::max(-right, 0), to = std::max(right, 0);
  const std::ptrdiff_t row = width;
  for (int c = 0; c < channels; ++c, sample += height * row) {
    std::copy_n(sample, height * row, scratch);
    std::fill_n(sample, height * row, static_cast<real>(options_.fill));
    for (int i = std::max(down, 0); i < std::min(height, height + down); ++i)
      std::copy_n(scratch + (i - down) * row + from, overlap, sample + i * row + to);
  }
}

Description Shift::describe() const { return describe_options("shift", options_); }

}  // namespace cambium
