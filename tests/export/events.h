// Event files read back, by their formats' descriptions alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cambium_tests {

struct ReadEvent {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version{}, tag{};
  bool starts = false;  // what earlier files say of this step and later ones no longer counts
  bool has_scalar = false;
  float scalar = 0;
  std::string png{};  // the file of a picture
  int height = 0, width = 0, channels = 0;
  double low = 0, high = 0, count = 0, sum = 0, squares = 0;  // of a histogram
  std::vector<double> ends{}, counts{};
};

// Throws std::runtime_error where a checksum is wrong, or a record is cut.
std::vector<ReadEvent> read_events(const std::string& path);

// The only event file in a folder; throws where there is another number of them.
std::string event_file_in(const std::string& folder);

}  // namespace cambium_tests
