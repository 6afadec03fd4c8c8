// What can be known to go wrong is found before the first step, and what went wrong before it is saved.
#pragma once

#include <cstdint>
#include <string>

#include "apps/train/data.h"
#include "apps/train/options.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// Files that are read and files that are written are different ones, and --save can be written. The log sees to itself, and is
// open already: only what is there can be told from other files, whatever the names.
void check_files(const Options& options);

// The model that the options name, for these samples. Throws for samples that it is not made for.
cambium::Graph model_for(const Options& options, const Data& data);

// Data and options agree on what is learnt: classes, or values.
void check_task(const Options& options, const Data& data);

// What is done to training samples suits them.
void check_augment(const Options& options, const cambium::Shape& images);

// So many training samples in batches, and what is left for the last one, are enough for this model.
void check_batches(const Options& options, const cambium::Graph& model, std::int64_t samples);

// The weights can be saved after all steps that they will have taken.
void check_steps(const Options& options, const cambium::Weights& weights, std::int64_t samples);

// Before the training: the model can be evaluated, and its loss on a few training images is finite.
void check_start(cambium::Trainer& trainer, const train::Data& data);

// After the training: its weights and statistics are finite, and so is the loss of a few training images. What is not is worth no
// file. Where there is no memory to find that loss out, it counts as finite.
void check_result(cambium::Trainer& trainer, const train::Data& data);
cambium::Error not_finite(const std::string& what, bool trained);

}  // namespace train
