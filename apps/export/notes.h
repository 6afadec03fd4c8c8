// What a model's file says of its inputs and outputs, as texts for other programs.
#pragma once

#include <vector>

#include "apps/common/model_file.h"

namespace exporting {

// Of a reader of tables its whole reading, of one of pictures their size and how they are made to fit; the classes as a JSON list,
// or what values are called, and how to bring them to their scale; what the outputs are.
std::vector<cambium::WeightsNote> notes_for(const apps::ModelDescription& model, bool softmax);

}  // namespace exporting
