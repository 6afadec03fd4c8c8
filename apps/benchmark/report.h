// The table at the end: how fast each norm was, and what it adds to a step.
#pragma once

#include <string>
#include <vector>

#include "apps/benchmark/options.h"

namespace benchmark {

struct Row {
  std::string norm;
  std::vector<double> steps;  // seconds, one for each round
};

// What runs here, in one line, and a warning where the build makes every figure meaningless.
void print_start(const Options& options);
// Ratios are taken within each round, to the first row, so that they all saw the same machine; their median is shown.
void print_table(const Options& options, const std::vector<Row>& rows);

}  // namespace benchmark
