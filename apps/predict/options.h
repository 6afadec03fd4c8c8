// What the user of the prediction app asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace predict {

struct Options {
  std::string model;               // a file that train --save wrote
  std::vector<std::string> files;  // rows, pictures or arrays; "-" is standard input
  bool json = false;               // JSON lines in place of CSV
  std::string out;                 // else standard output
  std::vector<std::string> ids;    // columns of a table that come into the answers as they are
  bool new_columns = false;        // columns that the model does not know are passed over
  int threads = 1;
  int batch = 128;
};

// Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace predict
