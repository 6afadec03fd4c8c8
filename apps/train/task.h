// What is learnt: classes or values, with which loss, and what a model's file says of it.
#pragma once

#include "apps/common/model_file.h"
#include "apps/train/data.h"
#include "apps/train/scaled_target.h"
#include "cambium/framework/training/losses.h"

namespace train {

// Softmax cross entropy for classes, else the squared error, or with error bars the Gaussian likelihood.
cambium::Losses losses_for(const Options& options, const Data& data);

// Values are learnt in units of their spread in the training set: puts `data` into them.
Scale scale_targets(Data& data);

// For the model's file.
apps::ModelDescription description_of(const Options& options, const Data& data, const cambium::Graph& graph, const Scale& scale);

}  // namespace train
