// What the user asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/command_line.h"

namespace stream {

enum class Task { automatic, classify, regress, anomaly };

struct Options {
  std::vector<std::string> files;  // "-" is standard input
  std::string label, key;
  std::vector<std::string> columns, leave_out, missing_texts, text, classes;
  std::string demo;
  int rows = 0;  // of a demo
  Task task = Task::automatic;
  int one_hot_limit = 16;
  bool strict = false;

  std::string layers = usual_layers;
  double rate = 0.02, average = 0.999;
  std::uint64_t seed = 1;
  int delay = 0, late = 0, window = 1000;  // late: of so many last rows the label may come by its key
  double alarm_rate = 1e-4;
  std::string reference;  // what columns are held against: a number of rows, or a file
  int reference_rows = 0, rows_per_day = 0;

  std::string load, save, out, log, report;
  int every_rows = 10000;
  double every_seconds = 0;
  bool resume = false, from_start = false, json = false, quiet = false, no_events = false;

  static constexpr const char* usual_layers =
      "multi_scale_norm, dense 64, online_norm, affine, relu, dense 32, online_norm, affine, relu";

  // What a run that goes on must have in common with the one that was saved: options with their values.
  using Identity = std::vector<std::pair<std::string, std::string>>;
  Identity identity() const;
};

std::string text_of(const Options::Identity& identity);  // as a command has them
// Error: those that were saved, as such a text, are others; it names what differs.
void check_identity(const std::string& saved, const Options::Identity& now, const std::string& who);

// Throws cambium::Error for what cannot be; nothing when help was asked for.
std::optional<Options> read_options(const apps::Words& words);

}  // namespace stream
