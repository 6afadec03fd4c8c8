// The folder of --out: what is kept in it beside the training itself, and how a run is found there again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/common/command_line.h"
#include "apps/train/options.h"
#include "cambium/framework/files/weights_note.h"

namespace train {

// The words of the command with which the run in the folder began, and the user's own behind them, when he says nothing but which
// one is to go on (--out, --resume), how it is to be shown, how long it is to be, and what is to be kept; else the words as they
// are. Error: nothing is there to go on from.
apps::Words words_of_run(const apps::Words& words);

// For a checkpoint.
cambium::WeightsNote note_of(const apps::Words& words);

// Makes the folder. Error: it cannot be made, or has another run; --save or --log is one of the run's own files.
void make_folder(const Options& options);

// How the run in the folder goes on, as a line for the shell.
std::string line_to_resume(const Options& options);

}  // namespace train
