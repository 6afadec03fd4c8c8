// --report: a training as a page of pictures, that is rewritten while it runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/command_line.h"
#include "apps/common/scaled_target.h"
#include "apps/train/data.h"
#include "apps/train/options.h"
#include "apps/train/page/activations.h"
#include "apps/train/page/layer_times.h"
#include "apps/train/page/mistakes.h"
#include "apps/train/page/past.h"
#include "cambium/framework/plot/page.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"
#include "cambium/framework/training/trainer.h"

namespace train {

// What is to be known of a training for it. All of it must outlive what holds it.
struct Followed {
  const Options& options;
  const apps::Words& words;  // the command
  const Data& data;
  const cambium::Dataset& training;
  const cambium::Dataset* validation;  // or none
  cambium::Trainer& trainer;
  apps::Scale scale;
};

// The page is in its place whole after each epoch, but at most twice a second, and at the end, however that comes. While the
// training runs its figures are those of the validation part, or of training samples where there is none; the test set is looked at
// in the end. Of a long training not every epoch is looked into, but every curve has all of it.
//
// It reads the model and moves nothing. What it throws is for the caller to tell: the training goes on.
class TrainingPage {
 public:
  explicit TrainingPage(const Followed& of) : of_(of) {}

  void begin() noexcept;  // before the first step
  void epoch(const cambium::EpochReport& report);
  void end(const cambium::Metrics& test, const std::string& result, bool interrupted);
  void cut(const std::string& text);  // it was stopped, or broke

  cambium::WeightsNote note() const { return past_.note(); }
  void go_on_from(std::span<const cambium::WeightsNote> notes);

 private:
  bool looks_at(int epoch) const;
  void look_into(int epoch) noexcept;
  void look_at(const cambium::Dataset& set, const std::string& name, const cambium::Metrics& metrics, std::int64_t most);
  void write();
  void add_curves(cambium::plot::Page& page) const;
  void add_figures(cambium::plot::Page& page) const;
  void add_first_layer(cambium::plot::Page& page) const;
  void add_activations(cambium::plot::Page& page) const;
  void add_model(cambium::plot::Page& page) const;
  void add_times(cambium::plot::Page& page) const;
  void add_origin(cambium::plot::Page& page) const;

  Followed of_;
  Past past_;
  std::unique_ptr<Activations> activations_;
  std::vector<LayerTime> times_;
  bool timed_ = false;
  double written_ = -1;  // when, in seconds of a clock
  std::string state_;    // "epoch 3 of 10"
  std::string result_;
  // Of the set that was looked at last.
  std::string set_;
  std::optional<cambium::Metrics> metrics_;
  WorstOnes worst_;
  std::vector<std::pair<double, double>> predictions_;
};

}  // namespace train
