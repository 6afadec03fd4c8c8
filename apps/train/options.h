// What the user of the training app asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cambium/models/recipe.h"

namespace train {

// How many training samples are put aside: a number, or a share of them.
struct Aside {
  std::int64_t count = 0;
  double share = 0;  // 0: the count

  bool any() const { return count > 0 || share > 0; }
  std::int64_t of(std::int64_t all) const;
};

struct Options {
  std::string data = "digits";
  std::string data_dir;
  std::string test;                        // what to test on, of the same kind as `data`
  std::string label;                       // column of a table
  std::vector<std::string> leave_out;      // columns of a table
  std::string task = "automatic";          // classification, regression
  std::string missing = "refuse";          // cells of a table: mean, leave-out, or a number
  std::vector<std::string> missing_texts;  // that stand for a missing cell too
  std::string size, fit;                   // of pictures; no fit: crop with a size, else refuse
  std::string augment = "0";               // see apps/common/augments.h
  bool balanced = false;                   // rare classes come as often as others
  Aside validate;                          // of itself none, but for error bars, which are fitted to it
  std::string layers;                      // the model as a line; else the recipe has it
  bool error_bars = false;                 // a deviation for each value that is predicted
  cambium::models::Recipe recipe;          // of the model, with what the user says otherwise
  std::uint64_t seed = 1;
  int threads = 0;
  int worst = 0;  // mistakes to be named
  std::string load, save, log;
  std::string report, tensorboard;  // a page, and a folder of event files
  std::string out;                  // folder of the run
  bool resume = false;              // go on with what is in it
  std::string on_nan = "stop";
  int checkpoint_epochs = 1, checkpoint_steps = 0, keep = 2;
  double checkpoint_seconds = 0;
  double memory_limit = 0;  // GB; 0: none but the system's
  bool quiet = false;
  bool small_set = false;  // batch or epochs are those of a small set (small_set.h)
};

// The command line as it stands, before it is known which model suits the data.
struct Given {
  Options options;
  std::optional<int> epochs, batch;
  std::optional<std::string> preset, model, optimizer, schedule, augment;
  std::optional<double> rate;
  std::optional<Aside> validate;
};

// Reads the command line. Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be, naming
// what comes closest.
std::optional<Given> read_options(const std::vector<std::string>& words);

// The options with all that the user left open: `model` is trained unless he named one.
Options complete(const Given& given, const std::string& model);

}  // namespace train
