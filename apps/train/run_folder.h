// The folder of --out.
#pragma once

#include <string>

#include "apps/train/options.h"

namespace train {

// Makes the folder. Error: it cannot be made, or has another run; --save or --log is one of the run's own files.
void make_folder(const Options& options);

// How the run in the folder goes on, as a line for the shell.
std::string line_to_resume(const Options& options);

}  // namespace train
