// What the user of the benchmark asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/benchmark/protocol.h"

namespace benchmark {

enum class Task { table, norms, profile, kernels, line };

struct Options {
  Task task = Task::table;
  std::vector<std::string> workloads;  // never empty; for every task but the table just one, and so with batches and threads
  std::vector<int> batches, threads;
  std::string mode;  // "infer", "train", "both", "startup"
  int rounds = 5;
  Protocol protocol;
  bool peak = false;

  std::vector<std::string> norms;  // what is compared, `against` first
  bool all = false;                // whatever can be trained in such batches, instead of just these
  std::string against;

  std::string trace;    // a file, or nothing
  std::string variant;  // of the line: "base", or the name of a norm
};

// Reads the command line. Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(int argc, char** argv);

}  // namespace benchmark
