// What the user of the evaluation app asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace evaluate {

struct Options {
  std::string model;         // a file that train wrote
  std::string set;           // "csv:FILE" and so on
  bool json = false;         // one JSON object in place of text
  bool new_columns = false;  // columns that the model does not know are passed over
  int worst = 0;             // mistakes to be named
  int threads = 0;
  bool quiet = false;
};

// Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace evaluate
