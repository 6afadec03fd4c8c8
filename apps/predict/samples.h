// What is to be predicted, read as it was read in training.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/common/model_file.h"
#include "apps/predict/options.h"
#include "apps/predict/passed_over.h"

namespace predict {

// What a sample is called: its number or file, and the cells of its row that come into the answer as they are.
struct Name {
  std::string text;
  std::vector<std::string> ids{};
};

// Samples one after the other.
class Samples {
 public:
  virtual ~Samples() = default;
  // Fills rows of `x` from the first on, and `names` with what each is called; how many: 0 at the end.
  virtual int next(const cambium::View& x, std::vector<Name>& names) = 0;
};

// A column of names: "row", "file" or "sample".
const char* heading_of(const apps::ModelDescription& model);

// The files of the command line; in the place of a folder of pictures, the pictures in it, or, among several places, the folder
// itself where there are none.
std::vector<std::string> files_of(const apps::ModelDescription& model, const std::vector<std::string>& places);

// How many of so many files are opened at once.
std::size_t files_at_once(const apps::ModelDescription& model, std::size_t files);

// Of so many files. Of a table or an array, which is one, errors name the file, and the row and column where there is one. A
// picture that cannot be read is passed over, but not where memory is what was missing; so is a row with a cell that says nothing
// to the model, but not one that damages the table, such as one with fewer cells. `model`, `files` and `passed` must outlive it.
std::unique_ptr<Samples> open_samples(const apps::ModelDescription& model, const Options& options,
                                      std::span<const std::string> files, PassedOver& passed);

}  // namespace predict
