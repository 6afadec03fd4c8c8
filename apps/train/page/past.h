// What a report shows of the epochs that are over.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/common/thinned.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/training/history.h"

namespace train {

// NaN: there is no such number.
struct PastEpoch {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double epoch = 0, loss = none, metric = none;  // on the training samples as they came: the accuracy, where there are classes
  double validation_loss = none, validation_metric = none;  // accuracy or R2
  double rate = none, seconds = none;
};

// How values are spread: mean, standard deviation, and the values below which 5 %, half and 95 % of them are.
struct Spread {
  double mean = 0, deviation = 0, low = 0, middle = 0, high = 0;
};

// The values before and after each normalizer when an epoch was over.
struct PastLook {
  double epoch = 0;
  std::vector<Spread> before{}, after{};
};

class Past {
 public:
  void add(const cambium::EpochReport& report);
  void add(PastLook look) { looks_.add(std::move(look)); }

  std::vector<PastEpoch> epochs() const { return epochs_.all(); }
  std::vector<PastLook> looks() const { return looks_.all(); }

  // For a checkpoint, and back from one. A training that began without a report has no such note: its curves are then those of
  // `log`, the table of the epochs in the folder of the run, as far as there are any.
  cambium::WeightsNote note() const;
  void go_on_from(std::span<const cambium::WeightsNote> notes, const std::string& log);

 private:
  void read_log(const std::string& path);

  apps::Thinned<PastEpoch> epochs_{500};
  apps::Thinned<PastLook> looks_{64};
};

}  // namespace train
