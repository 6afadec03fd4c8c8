// What the user of the export app asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace exporting {

struct Options {
  std::string model;     // a file that train --save wrote
  std::string out;       // what is written
  bool cpp = false;      // a C++ file, else ONNX: by the ending of `out`
  bool softmax = false;  // probabilities in place of scores
  bool fold = false;     // norms into the layers before them
};

// Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace exporting
