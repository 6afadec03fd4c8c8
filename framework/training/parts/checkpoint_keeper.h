// When a training is kept, and where.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/graph/weights.h"
#include "cambium/framework/training/checkpoints.h"
#include "cambium/framework/training/parts/checkpoint_folder.h"
#include "cambium/framework/training/parts/clock.h"

namespace cambium {

class CheckpointKeeper {
 public:
  // Errors: options that make no sense; a folder that cannot be had; one with checkpoints that are not to be gone on from.
  explicit CheckpointKeeper(const Checkpoints& options);

  const CheckpointFolder& folder() const { return folder_; }
  const std::string& last() const { return last_; }  // that was written, by its path
  bool due_after_step(long steps) const;
  bool due_after_epoch(int epoch) const { return options_.every_epochs > 0 && epoch % options_.every_epochs == 0; }
  void went_on_from(const std::string& path) { last_ = path; }
  // Writes one, or throws; whatever there is to throw becomes an Error.
  struct What {
    long steps;
    bool best;
    const Weights& weights;
    const StateFields& fields;
    std::vector<WeightsNote> notes;
  };
  void keep(What what);

 private:
  Checkpoints options_;
  CheckpointFolder folder_;
  Clock since_;  // the last one
  std::string last_;
};

}  // namespace cambium
