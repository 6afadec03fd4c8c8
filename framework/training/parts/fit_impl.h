// One call of fit, for the files that implement it: fit.cpp (the loop), fit_state.cpp (where it stands, kept and taken up again)
// and fit_faults.cpp (numbers that are not finite).
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/data/stream.h"
#include "cambium/framework/training/parts/checkpoint_keeper.h"
#include "cambium/framework/training/parts/tally.h"
#include "cambium/framework/training/parts/trainer_impl.h"

namespace cambium {

constexpr const char* wild_remedy =
    "a smaller rate, .clip_norm = 1 in the optimizer, or BatchNorm(for_input) as the first layer if the inputs are not scaled";

// The constructor checks everything and takes all memory; after that only numbers can go wrong.
class Trainer::Fit {
 public:
  Fit(Impl& trainer, const Dataset& data, FitOptions options);
  History run();

 private:
  void check_last_batch() const;
  bool train_epoch(EpochReport& report);  // false when a callback stopped it on the way
  double step(int batches, int samples);
  double loss_of(const Batch& batch, double share);
  double loss_before();
  void warn(const Error& warning);
  std::string where() const;
  bool validate(EpochReport& report);  // true: time to stop early
  bool restores() const { return options_.patience > 0 || options_.restore_best; }
  void note(EpochReport&& report);
  void bring_best_back();

  // What to say of a step that met a number that is none, and how much of it was taken.
  struct Fault {
    enum Moved { none, some, all } moved = none;
    std::string what, remedy;
  };
  static constexpr int most_in_a_row = 10;  // such steps, until the training ends
  double not_finite(const Batch& batch, double loss, double share, int left);
  Fault fault_of(const Batch& batch, double loss, double share);
  std::string first_in_replay(const Batch& batch, double share);
  [[noreturn]] void give_up(const Fault& fault);
  void roll_back(const Fault& fault);

  // What the training is, which must be the same when it goes on; and where it stands.
  std::vector<WeightsNote> identity() const;
  std::string text_of_optimizer() const;
  void state_dict(StateDict& dict);
  void settings_dict(StateDict& dict);
  void count_call();
  void take_up();  // goes on from the newest checkpoint, where there is one and it is wanted
  void take_state(const CheckpointFile& file);
  void settle();
  void missing(const Error& error);
  void keep(bool best = false, bool must = false);  // `must`: an Error when it cannot be written, else a warning

  Impl& impl_;
  const Dataset& data_;
  FitOptions options_;
  std::int64_t used_;  // samples of an epoch
  int last_;           // samples of its last batch
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Stream> stream_;
  Weights::Snapshot best_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  Clock clock_;
  StepReport at_;                  // where the training is
  bool within_ = false;            // an epoch: it has begun, and its end was not told yet
  bool skipped_ = false;           // this step was left out
  bool rolled_back_ = false;       // it stands at a checkpoint again
  int in_a_row_ = 0, halved_ = 0;  // steps that were not finite, and rates since the last checkpoint
  bool begun_ = false;             // a checkpoint of which it is not yet known what came
  bool told_missing_ = false;      // that a checkpoint could not be written, since one could
  bool passed_ = false;            // this call ended in the run that goes on
  long steps_before_;              // by earlier calls
  Tally tally_;                    // of this epoch's training batches
  std::vector<double> losses_;     // of each output
  History history_;
  std::optional<Error> schedule_fault_;
  bool told_validation_ = false;  // that its loss is not finite
  std::optional<CheckpointKeeper> keeper_;
  std::vector<WeightsNote> identity_;  // as it was when the call began
};

}  // namespace cambium
