// The sets that a model can be tested on, read as they were read in its training.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/common/data_place.h"
#include "apps/common/model_file.h"
#include "apps/evaluate/options.h"
#include "cambium/framework/data/dataset.h"

namespace evaluate {

// One kind of data: NAME, or NAME:WHERE where it needs a place.
struct Source {
  const char* name;
  const char* where;   // "FILE", or empty
  const char* reader;  // of the model that it is for
  const char* about;
  std::shared_ptr<const cambium::Dataset> (*load)(const apps::ModelDescription& model, const Options& options,
                                                  const std::string& where);
};

const std::vector<Source>& sources();

// What `set` names; where it names no kind, a table's file or a folder of pictures is of the kind that the model takes.
apps::DataPlace place_of_set(const apps::ModelDescription& model, const std::string& set);

// The set that the options name, with the model's classes in its order and values in its units. Errors: those of the readers, which
// name file, row and column; a set of another kind than the model's, or with samples, classes or targets that it does not know.
std::shared_ptr<const cambium::Dataset> load_set(const apps::ModelDescription& model, const Options& options);

}  // namespace evaluate
