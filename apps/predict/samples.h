// What is to be predicted, read as it was read in training.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/common/model_file.h"
#include "apps/predict/options.h"

namespace predict {

// Samples one after the other.
class Samples {
 public:
  virtual ~Samples() = default;
  // Fills rows of `x` from the first on, and `names` with what each is called; how many: 0 at the end.
  virtual int next(const cambium::View& x, std::vector<std::string>& names) = 0;
};

// A column of names: "row", "file" or "sample".
const char* heading_of(const apps::ModelDescription& model);

// The files of the command line; in the place of a folder of pictures, the pictures in it.
std::vector<std::string> files_of(const apps::ModelDescription& model, const std::vector<std::string>& places);

// Of one file of the command line. Errors name the file, and the row and column where there is one.
std::unique_ptr<Samples> open_samples(const apps::ModelDescription& model, const Options& options, const std::string& file);

}  // namespace predict
