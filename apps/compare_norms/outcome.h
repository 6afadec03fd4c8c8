// What the trainings of an experiment have given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/compare_norms/experiment.h"

namespace compare_norms {

// Mean and standard deviation over the seeds that are there.
struct Spread {
  int count = 0;
  double mean = 0, deviation = 0;                      // the deviation with count - 1; NaN for a single one
  explicit Spread(const std::vector<double>& values);  // NaN is left out
};

class Outcome {
 public:
  Outcome(Experiment experiment, int seeds);

  const Experiment& experiment() const { return experiment_; }
  int seeds() const { return seeds_; }
  int runs() const { return static_cast<int>(cells_.size()) * seeds_; }
  int done() const;  // runs that are there

  void set(int row, int column, int seed, std::vector<double> values);  // seed from 1
  void refuse(int row, int column, int seed, const std::string& why);

  // One figure over the seeds, NaN for those that are not there; by names too.
  std::vector<double> values(int row, int column, int measure) const;
  std::vector<double> values(const std::string& row, const std::string& column = "", int measure = 0) const;  // or none
  Spread spread(int row, int column, int measure) const { return Spread(values(row, column, measure)); }
  // The mean; NaN where there is no such row or column, or nothing in it.
  double mean(const std::string& row, const std::string& column = "", int measure = 0) const {
    return Spread(values(row, column, measure)).mean;
  }
  int there(int row, int column) const;                   // runs of it, those that gave nothing among them
  const std::string& refused(int row, int column) const;  // why; empty where it was not

 private:
  struct Cell {
    std::vector<std::vector<double>> of_seed;  // empty: not there
    std::string refused;
  };
  const Cell& cell(int row, int column) const;

  Experiment experiment_;
  int seeds_;
  std::vector<Cell> cells_;
};

// a - b, seed by seed: "1.23 +- 0.45 over 3 paired seeds", the standard error of the mean; empty where a pair is missing.
struct Paired {
  int count = 0;
  double mean = 0, standard_error = 0;
  Paired(const std::vector<double>& a, const std::vector<double>& b);
  std::string str(const std::string& unit) const;
};

// Such a line for each of these pairs of rows, "what, a - b: 1.23 +- 0.45 points over 3 paired seeds"; none where no seed has both.
using PairOfRows = std::pair<std::string, std::string>;
std::vector<std::string> differences(const Outcome& outcome, const std::string& what, const std::vector<PairOfRows>& pairs,
                                     const std::string& column = "", int measure = 0, const std::string& unit = " points");

}  // namespace compare_norms
