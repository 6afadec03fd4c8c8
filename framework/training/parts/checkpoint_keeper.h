// When a training is kept, and where.
#pragma once

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/processors.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/training/checkpoints.h"
#include "cambium/framework/training/parts/checkpoint_folder.h"
#include "cambium/framework/training/parts/clock.h"

namespace cambium {

class CheckpointKeeper {
 public:
  // Errors: options that make no sense; a folder that cannot be had; one with checkpoints that are not to be gone on from.
  explicit CheckpointKeeper(const Checkpoints& options);
  ~CheckpointKeeper() { wait(); }
  CheckpointKeeper(const CheckpointKeeper&) = delete;
  CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

  const CheckpointFolder& folder() const { return folder_; }
  // The last that is in its place, by its path. Waits for one that is on its way.
  const std::string& last() { return wait(), last_; }
  bool due_after_step(long steps) const;
  bool due_after_epoch(int epoch) const { return options_.every_epochs > 0 && epoch % options_.every_epochs == 0; }
  void went_on_from(const std::string& path) { last_ = path; }
  // Waits for the one before; what came of it, where it could not be brought to its place. Told once.
  std::optional<Error> settle();
  // Writes one, or throws; whatever there is to throw becomes an Error. The disk is waited for in a thread, unless that is not
  // wanted, or there is none.
  struct What {
    long steps;
    bool best;
    const Weights& weights;
    const StateFields& fields;
    std::vector<WeightsNote> notes;
  };
  void keep(What what);

 private:
  void put_in_place(AtomicFile& file, const std::string& name, bool best);
  void wait() noexcept;

  Checkpoints options_;
  CheckpointFolder folder_;
  Clock since_;  // the last one
  // These are the thread's while it runs.
  std::string last_;
  std::optional<Error> failed_;
  std::thread placing_;
  unsigned home_ = forks();
};

}  // namespace cambium
