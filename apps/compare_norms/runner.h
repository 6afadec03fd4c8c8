// Runs the trainings of an experiment, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/compare_norms/outcome.h"

namespace compare_norms {

struct Ended {
  int row = 0, column = 0, seed = 0;
  std::vector<double> values{};  // of its measures
  std::string refused{};         // why it could not be trained
  double seconds = 0;            // since the start
};

// All rows, columns and seeds, each training on one thread, so that no figure depends on how many there are. Outcomes are set, and
// `after` is called, one at a time, in the order in which trainings end; they begin row by row. Ends early, with what is there,
// when the program is told to stop.
void run(Outcome& outcome, int threads, const std::function<void(const Ended&)>& after);

}  // namespace compare_norms
