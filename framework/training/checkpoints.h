// Where a training is kept while it runs, so that it goes on after whatever ended it.
#pragma once

#include <string>
#include <vector>

namespace cambium {

class RunNotes;

// Of FitOptions. A training writes what it goes on by into files of a folder, from its start: step-000000420.safetensors after 420
// steps of the optimizer, and best.safetensors, the one of the best validation loss. Each is written whole or not at all, and is a
// file of weights too (load_weights).
//
//     trainer.fit(train, {.epochs = 20, .checkpoints = {.folder = "run", .resume = true}});
//
// The same program run again goes on bit for bit where it was cut, at any step and with any number of threads: weights, moments,
// state, schedule, the place in the order of the samples, early stopping, sums of the epoch. What the program says itself is not in
// the files: model, losses, optimizer and data must be the same, as an Error tells where they can be told apart. Of the data the
// size and shapes are compared, and a few rows; where these differ a warning says so. `History` has what comes after; the length of
// a training (.epochs) may be another.
//
// Where fit is called several times with one folder, calls that had ended are passed over.
//
// Errors, before the first step: a folder that cannot be made or written to, or that another training has; one that holds
// checkpoints while `resume` is false; one in which none is whole. A file that is damaged is named in a warning, and gets
// ".damaged" behind its name. A checkpoint that cannot be written is a warning too: the training goes on, and those before it stay.
//
// What a checkpoint holds is taken down between two steps. Then the training goes on, while a thread waits until the disk has it
// and gives it its name: a checkpoint is there a moment later, whole, and the last one before fit returns.
struct Checkpoints {
  std::string folder{};        // empty: nothing is kept. It is made where it is missing, and so are those above
  bool resume = false;         // go on from the newest one that is whole; from the start where there is none
  int every_epochs = 1;        // and at the end, and when the training is stopped; 0: not by epochs
  long every_steps = 0;        // also after so many steps
  double every_seconds = 0;    // also when so long ago
  int keep = 2;                // so many of the newest stay, and the best
  bool wait_for_disk = false;  // before the next step; else beside the steps, and the one before is waited for
  RunNotes* notes = nullptr;   // what a program keeps beside it (run_notes.h); must outlive the call
};

// The names of the checkpoints in a folder, the newest first.
std::vector<std::string> checkpoints_in(const std::string& folder);

}  // namespace cambium
