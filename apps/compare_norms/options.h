// What the user of the comparison asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/compare_norms/experiment.h"

namespace compare_norms {

struct Options {
  std::vector<std::string> experiments{"batch_size"};
  std::string data{};  // a folder; empty: the built-in digits
  Wish wish{};
  int seeds = 0;    // 1 to so many; 0: as many as the experiment has
  int threads = 0;  // trainings at a time; 0: one for each processor
  std::string csv{}, svg{}, report{};
  std::string command{};  // as a shell takes it
};

// Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace compare_norms
