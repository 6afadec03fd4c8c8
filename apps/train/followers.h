// Who is shown how a training goes, beside the screen and the log: a page, and TensorBoard.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/train/page/training_page.h"
#include "apps/train/tensorboard.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// What they cannot write is told once and makes the exit code 1; the training goes on, and so do the attempts. Without --report and
// --tensorboard there are none of them.
class Followers {
 public:
  explicit Followers(const Followed& of);

  void epoch(const cambium::EpochReport& report);
  // `result`: the last line of the program. A training that was interrupted is tested as well.
  void end(const cambium::Metrics& test, double epochs, const std::string& result, bool interrupted);
  void cut(const std::string& text);  // there is no test

  void write(std::vector<cambium::WeightsNote>& notes) const;  // for a checkpoint
  void go_on_from(std::span<const cambium::WeightsNote> notes);

 private:
  template <class Act>
  void attempt(const char* option, bool& lost, const Act& act);

  std::optional<TrainingPage> page_;
  std::optional<Tensorboard> events_;
  bool page_lost_ = false, events_lost_ = false;
};

}  // namespace train
