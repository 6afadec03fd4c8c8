#include "cambium/framework/plot/parts/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cambium::plot {
namespace {

// Of the first digit, as it is after rounding to so many digits.
int exponent_of(double value, int digits) {
  const std::string text = fmt::format("{:.{}e}", std::fabs(value), digits - 1);
  return std::atoi(text.c_str() + text.find('e') + 1);
}

std::string without_end_zeros(std::string text) {
  if (text.find('.') == text.npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// `decimals` behind the point at least; none where all are zeros.
std::string fixed(double value, int decimals) { return without_end_zeros(fmt::format("{:.{}f}", value, std::max(decimals, 0))); }

}  // namespace

std::string short_number(double value, int digits) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "\u2212inf";
  const std::string sign = value < 0 ? "\u2212" : "";
  value = std::fabs(value);
  const int exponent = exponent_of(value, digits);
  const int decimals = digits - 1 - exponent;
  if (exponent >= 9 || exponent < -3) {
    const std::string text = fmt::format("{:.{}e}", value, digits - 1);
    return sign + without_end_zeros(text.substr(0, text.find('e'))) + "e" + (exponent < 0 ? "\u2212" : "") +
           std::to_string(std::abs(exponent));
  }
  if (exponent >= 6) return sign + fixed(value / 1e6, decimals + 6) + "M";
  if (exponent >= 4) return sign + fixed(value / 1e3, decimals + 3) + "k";
  return sign + fixed(value, decimals);
}

double round_step(double low, double high, int most) {
  const double least = high / most - low / most;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

Ticks round_ticks(double low, double high, int most) {
  const double step = round_step(low, high, std::max(most, 1));
  const double first = std::ceil(low / step - 1e-6), last = std::floor(high / step + 1e-6);
  Ticks ticks;
  if (!(last - first < 1000)) return ticks;
  for (double k = first; k <= last; ++k) {
    const double value = k == 0 ? 0 : k * step;
    const int digits = value == 0 ? 1 : exponent_of(value, 15) - exponent_of(step, 1) + 1;
    ticks.emplace_back(value, short_number(value, std::clamp(digits, 1, 15)));
  }
  return ticks;
}

Ticks decade_ticks(double low, double high, int most) {
  const double from = std::log10(low), to = std::log10(high);
  Ticks ticks;
  if (to - from >= 2) {
    const double every = std::max(1.0, std::ceil((to - from) / most));
    for (double k = std::ceil(from / every - 1e-6); k * every <= to + 1e-6; ++k)
      ticks.emplace_back(std::pow(10, k * every), short_number(std::pow(10, k * every), 1));
    return ticks;
  }
  for (double k = std::floor(from); k <= to + 1e-6; ++k)
    for (const double factor : {1.0, 2.0, 5.0})
      if (const double value = factor * std::pow(10, k); value >= low * (1 - 1e-6) && value <= high * (1 + 1e-6))
        ticks.emplace_back(value, short_number(value, 1));
  return ticks.size() >= 2 ? ticks : round_ticks(low, high, most);
}

}  // namespace cambium::plot
