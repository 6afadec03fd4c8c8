// How a model came to be, for its file: data, loss, optimizer, how long, and what it was worth.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/train/data.h"
#include "apps/train/options.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// One note of the file, JSON under the key "cambium.training". Of paths it has the last name alone, since files are given away; and
// nothing that differs between a training that was cut and one that never was.
class Record {
 public:
  // `spread`: of the values that are learnt, in whose units errors come.
  Record(const Options& options, const Data& data, const cambium::Dataset& training, const cambium::Dataset* validation,
         cambium::Trainer& trainer, double spread);

  void epochs(double done) { epochs_ = done; }
  void epoch(const cambium::EpochReport& report);
  void test(const cambium::Metrics& metrics) { test_ = score(metrics, 1); }

  // Weights::version after the epoch with the lowest validation loss so far; nothing where there was none.
  std::optional<std::uint64_t> best() const { return best_; }

  // The training has broken, and the weights are those of that epoch again.
  void back_to_best() { back_ = true; }

  cambium::WeightsNote note() const;
  // The training goes on from a checkpoint with these notes.
  void go_on_from(std::span<const cambium::WeightsNote> notes);

 private:
  static cambium::Json score(const cambium::Metrics& metrics, double spread);

  cambium::Json::Fields begun_;  // what is known before the first step
  cambium::Trainer& trainer_;
  int planned_;
  double spread_, epochs_ = 0;
  bool back_ = false;
  cambium::Json validation_, best_epoch_, test_;  // null: there is none
  std::optional<std::uint64_t> best_;
};

}  // namespace train
