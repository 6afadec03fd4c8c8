// What the user of the benchmark asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace benchmark {

struct Options {
  std::string workload = "W7";
  std::vector<std::string> norms;  // what is compared, `against` first
  bool all = false;                // whatever can be trained in such batches, instead of just these
  std::string against = "none";
  int batch = 32, threads = 1, rounds = 5;
};

// Reads the command line. Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(int argc, char** argv);

}  // namespace benchmark
