// Plain numbers, and what is measured of them.
#pragma once

#include <cstddef>
#include <vector>

#include "cambium/framework/base/random.h"

namespace gallery {

using Values = std::vector<double>;

template <class F>
Values made(std::size_t n, F value) {
  Values numbers(n);
  for (std::size_t i = 0; i < n; ++i) numbers[i] = value(i);
  return numbers;
}

Values normals(std::size_t n, const cambium::Random& random, double mean = 0, double deviation = 1);
Values counted(std::size_t n, double first = 0, double step = 1);  // first, first + step, ...

// Element c of every sample, each of `channels` values.
Values column(const Values& samples, std::size_t channels, std::size_t c);
Values part(const Values& numbers, std::size_t first, std::size_t last);
// At most `most` of them, evenly spaced: a picture needs no more.
Values thinned(const Values& numbers, std::size_t most);

// Relative to the first value, so that a large offset costs no digits; the moments are those of all the values there are.
double mean_of(const Values& x);
double moment_of(const Values& x, int power);  // the mean of (x - mean)^power
double deviation_of(const Values& x);
double standard_moment_of(const Values& x, int power);  // moment / deviation^power: 3 skewness, 4 kurtosis
double largest_of(const Values& x);                     // by size
double highest_of(const Values& x);
double lowest_of(const Values& x);
double correlation_of(const Values& a, const Values& b);
double slope_of(const Values& x, const Values& y);  // of the straight line that fits best

}  // namespace gallery
