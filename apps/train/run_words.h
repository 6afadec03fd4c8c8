// The command of a run, which its checkpoints keep, and what is said anew when it goes on.
#pragma once

#include "apps/common/command_line.h"
#include "cambium/framework/files/weights_note.h"

namespace train {

// The words to go on with where they say --resume: those of the command with which the run in the folder began, and in their place
// what the user says anew: how long the run is to be, how it is shown, and what is kept. Anything else that he says is held against
// the run's own, option by option, before any data are read. Where no run is in the folder, the words as they are: they begin it.
// Errors: an option that is not as in the run, with what it is there; --resume alone, and nothing is there to go on from; all
// checkpoints are damaged; its data are not where its command has them, seen from here.
apps::Words words_of_run(const apps::Words& words);

// For a checkpoint.
cambium::WeightsNote note_of(const apps::Words& words);

}  // namespace train
