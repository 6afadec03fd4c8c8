// What can be known to go wrong is found before the first step, and what went wrong before it is saved.
#pragma once

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

// The model of the recipe for these images. Throws for images that it is not made for.
cambium::Graph model_for(const cambium::models::Recipe& recipe, const Data& data);

// The shift leaves something of the images to be seen.
void check_augment(const Options& options, const cambium::Shape& images);

// So many training samples in batches, and what is left for the last one, are enough for this model.
void check_batches(const Options& options, const cambium::Graph& model, int samples);

// The weights can be saved after all steps that they will have taken.
void check_steps(const Options& options, const cambium::Weights& weights, int samples);

// Before the training: the model can be evaluated, and its loss on a few training images is finite.
void check_start(cambium::Trainer& trainer, const cambium::MemoryDataset& training);

// After the training: its weights and statistics are finite, and so is the loss of a few training images. What is not is worth no
// file. Where there is no memory to find that loss out, it counts as finite.
void check_result(cambium::Trainer& trainer, const cambium::MemoryDataset& training);
cambium::Error not_finite(const std::string& what, bool trained);

}  // namespace train
