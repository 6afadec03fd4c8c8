// All parameters of a network as one point, and directions from it, in double.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace landscape {

using Vector = std::vector<double>;

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double length(const Vector& a) { return std::sqrt(dot(a, a)); }

// |a - b|
inline double distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

// 0 where one of them is.
inline double cosine(const Vector& a, const Vector& b) {
  const double lengths = length(a) * length(b);
  return lengths > 0 ? dot(a, b) / lengths : 0;
}

// a + t b
inline Vector sum(const Vector& a, double t, const Vector& b) {
  Vector to = a;
  for (std::size_t i = 0; i < a.size(); ++i) to[i] += t * b[i];
  return to;
}

inline double mean(const Vector& values) {
  double all = 0;
  for (const double value : values) all += value;
  return values.empty() ? 0 : all / static_cast<double>(values.size());
}

}  // namespace landscape
