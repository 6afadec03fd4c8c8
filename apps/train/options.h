// What the user of the training app asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cambium/models/recipe.h"

namespace train {

struct Options {
  std::string data = "digits";
  std::string data_dir;
  int augment = 0;                 // shift by at most so many pixels
  int validate = 0;                // training samples put aside
  cambium::models::Recipe recipe;  // of the model, with what the user says otherwise
  std::uint64_t seed = 1;
  int threads = 0;
  std::string load, save, log;
  bool quiet = false;
};

// Reads the command line. Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be, naming
// what comes closest.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace train
