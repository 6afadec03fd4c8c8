// Round numbers along an axis, and numbers written short.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cambium::plot {

using Ticks = std::vector<std::pair<double, std::string>>;

// Multiples of 1, 2 or 5 times a power of ten, at most so many; low < high.
Ticks round_ticks(double low, double high, int most);

// Powers of ten, or each second, third, ... of them; of less than two decades their multiples by 2 and 5 as well, and of less than
// that round numbers. 0 < low < high.
Ticks decade_ticks(double low, double high, int most);

// 1, 2 or 5 times a power of ten, for at most so many steps from low to high.
double round_step(double low, double high, int most);

// With as many digits as count: 0.25, 1200, 15k, 2.5M, 3e-5. The minus is that of typesetters.
std::string short_number(double value, int digits = 3);

}  // namespace cambium::plot
