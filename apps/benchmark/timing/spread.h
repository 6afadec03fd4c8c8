// Several measurements of the same thing, and how far apart they are.
#pragma once

#include <string>
#include <vector>

namespace benchmark {

class Spread {
 public:
  Spread() = default;
  explicit Spread(std::vector<double> values);

  std::size_t count() const { return sorted_.size(); }
  double least() const { return at(0); }
  double median() const;
  double most() const { return at(1); }
  double at(double share) const;        // so many of them are below it: 0.99 for the 99th percentile
  std::string range(int digits) const;  // "(12 .. 15)", with so many digits behind the point

 private:
  std::vector<double> sorted_;
};

}  // namespace benchmark
