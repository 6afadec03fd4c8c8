// What a program wants to be kept with its training.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cambium/framework/files/weights_note.h"

namespace cambium {

// For Checkpoints::notes. Of a header of its own, since every program with a trainer would pay for it.
class RunNotes {
 public:
  virtual ~RunNotes() = default;
  // Adds what is to be written into a checkpoint that is about to be.
  virtual void write(std::vector<WeightsNote>& notes) = 0;
  // The training goes on from this file, in which these were; after OnNan::rollback too.
  virtual void read(const std::string& path, std::span<const WeightsNote> notes) = 0;
};

}  // namespace cambium
