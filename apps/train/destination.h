// Where the weights go when a training ends.
#pragma once

#include <optional>
#include <string>

#include "apps/train/options.h"

namespace train {

// The file of --save, or model.safetensors in the folder of --out. A training that was interrupted does not replace what an earlier
// one has saved: its weights go beside it, photos.interrupted.safetensors for photos.safetensors, where they replace others.
struct Destination {
  std::string path;    // empty: nothing is to be saved
  std::string line;    // to say when it is there, or nothing
  bool aside = false;  // not in the file that was asked for
};

// As files are now. `interrupted_after`: epochs, of a training that was to have more.
Destination destination(const Options& options, std::optional<double> interrupted_after = {});

// "interrupted after 0.2 of 50 epochs"
std::string interrupted(const Options& options, double epochs);

// The line: unless there is to be none, or, on standard error, where the file is another than was asked for.
void print(const Destination& destination, bool quiet);

}  // namespace train
