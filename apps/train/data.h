// The data sets that the training app knows by name.
#pragma once

#include <string>
#include <vector>

#include "apps/train/options.h"
#include "cambium/framework/data/memory_dataset.h"

namespace train {

struct Data {
  cambium::MemoryDataset train, test;
};

const std::vector<std::string>& data_names();

// Reads or draws the set that the options name. Errors: see framework/data/mnist.h; a missing --data-dir.
Data load_data(const Options& options);

}  // namespace train
