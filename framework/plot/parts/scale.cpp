#include "cambium/framework/plot/parts/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cambium::plot {
namespace {

constexpr double most = 1e300;      // differences of such numbers are still numbers
constexpr double room = 0.04;       // beside points, in parts of the whole
constexpr double no_width = 1e-10;  // in parts of the numbers themselves

// Values that are all the same get a range around them.
void open_up(double& low, double& high) {
  const double size = std::max(std::fabs(low), std::fabs(high));
  if (high - low > no_width * size && high - low > 1e-300) return;
  const double by = size < 1e-290 ? 1 : 0.1 * size;
  low -= by, high += by;
}

}  // namespace

bool Reach::takes(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0); }

void Reach::widen(std::optional<double>& low, std::optional<double>& high, double value) {
  if (!takes(value)) return;
  value = logarithmic_ ? std::clamp(std::log10(value), -300.0, 300.0) : std::clamp(value, -most, most);
  low = std::min(low.value_or(value), value), high = std::max(high.value_or(value), value);
}

void Reach::loose(double value) { widen(low_, high_, value); }

void Reach::tight(double value) {
  widen(tight_low_, tight_high_, value);
  widen(low_, high_, value);
}

std::pair<double, double> Reach::range(const Axis& axis) const {
  double low = low_.value_or(0), high = high_.value_or(1);
  const auto given = [&](const std::optional<double>& bound) { return bound && takes(*bound); };
  const auto as_here = [&](double value) { return logarithmic_ ? std::log10(value) : std::clamp(value, -most, most); };
  if (given(axis.low)) low = as_here(*axis.low);
  if (given(axis.high)) high = as_here(*axis.high);
  if (given(axis.low) && !given(axis.high) && high <= low) high = low + (logarithmic_ ? 1 : std::max(std::fabs(low), 1.0));
  if (given(axis.high) && !given(axis.low) && low >= high) low = high - (logarithmic_ ? 1 : std::max(std::fabs(high), 1.0));
  if (logarithmic_ && high - low < 1e-9)
    low -= 0.5, high += 0.5;
  else if (!logarithmic_)
    open_up(low, high);
  const double by = room * (high - low);
  if (!given(axis.low) && !(tight_low_ && *tight_low_ <= low)) low -= by;
  if (!given(axis.high) && !(tight_high_ && *tight_high_ >= high)) high += by;
  if (!logarithmic_) return {low, high};
  return {std::pow(10, std::max(low, -300.0)), std::pow(10, std::min(high, 300.0))};
}

Scale::Scale(double low, double high, bool logarithmic, double from, double to)
    : low_(low), high_(high), from_(from), to_(to), logarithmic_(logarithmic) {}

double Scale::operator()(double value) const {
  if (!std::isfinite(value) || (logarithmic_ && value <= 0)) return std::numeric_limits<double>::quiet_NaN();
  const double a = logarithmic_ ? std::log10(low_) : low_, b = logarithmic_ ? std::log10(high_) : high_;
  const double v = logarithmic_ ? std::log10(value) : std::clamp(value, -most, most);
  return std::clamp(from_ + (to_ - from_) * ((v - a) / (b - a)), -1e6, 1e6);
}

bool Scale::shows(double value) const {
  const double at = (*this)(value), slack = 1e-6;
  return at >= std::min(from_, to_) - slack && at <= std::max(from_, to_) + slack;
}

}  // namespace cambium::plot
