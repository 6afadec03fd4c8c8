// The command line of landscape.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace landscape {

struct Options {
  std::string out = "landscape.html", csv = {};
  std::vector<std::string> only = {};  // none: all measures
  std::string data = "digits", data_dir = {};
  double rate = 0.1;
  std::uint64_t seed = 1;
  int threads = 0;
};

// Nothing where the words only ask for help, or for the list, which is printed then.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace landscape
