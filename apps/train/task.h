// What is learnt: classes or values, and what a model's file says of it.
#pragma once

#include "apps/common/model_file.h"
#include "apps/common/scaled_target.h"
#include "apps/train/data.h"

namespace train {

// Values are learnt in units of their spread in the training set: puts `data` into them.
apps::Scale scale_targets(Data& data);

// For the model's file.
apps::ModelDescription description_of(const Options& options, const Data& data, const cambium::Graph& graph,
                                      const apps::Scale& scale);

}  // namespace train
