// What a model takes, and what a file is.
#pragma once

#include <string>

#include "apps/common/model_file.h"

namespace predict {

// Throws where a place of the command line is known to hold another kind of data than the model takes: by the first bytes of a
// file, or by its ending. Whatever is not known is left to the reader, who says more of it; pipes are not looked into.
void check_kind(const apps::ModelDescription& model, const std::string& where);

}  // namespace predict
