#include "apps/train/page/training_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "apps/common/clock.h"
#include "apps/common/each_sample.h"
#include "apps/common/scores.h"
#include "apps/train/page/samples.h"
#include "cambium/framework/base/text.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t most_looked_at = 2000, most_points = 800;
constexpr double pause = 0.5;  // seconds between two writings
constexpr int looks = 64;      // into a whole training

std::vector<std::pair<double, double>> predictions_on(Trainer& trainer, const Dataset& set, const apps::Scale& scale) {
  std::vector<std::pair<double, double>> pairs;
  const auto own = [&](real v) { return static_cast<double>(v) * scale.deviation + scale.mean; };
  apps::each_sample(trainer, some_of(set, most_points), [&](std::int64_t, const real* y, const Target& target, int i) {
    pairs.emplace_back(own(*target.values.row(i)), own(*y));
  });
  return pairs;
}

}  // namespace

// Without memory for it, or where a model cannot be asked before it has learnt, the page does without.
void TrainingPage::look_into(int epoch) noexcept try {
  if (!activations_)
    activations_ =
        std::make_unique<Activations>(of_.trainer.graph(), of_.trainer.weights(), of_.validation ? *of_.validation : of_.training);
  if (!activations_->norms().empty()) past_.add(activations_->look(epoch));
} catch (const std::exception&) {
}

bool TrainingPage::looks_at(int epoch) const {
  const int epochs = of_.options.recipe.epochs, each = (epochs + looks - 1) / looks;
  return (epoch - 1) % each == 0 || epoch == epochs;
}

void TrainingPage::begin() noexcept {
  if (of_.options.recipe.epochs > 0) look_into(0);
}

// `metrics`: of the whole set.
void TrainingPage::look_at(const Dataset& set, const std::string& name, const Metrics& metrics, std::int64_t most) {
  set_ = name, metrics_ = metrics;
  const Subset some = some_of(set, most);
  if (some.size() < set.size()) set_ += fmt::format(", the mistakes among {} of them", some.size());
  const int worst = of_.options.worst > 0 ? std::min(of_.options.worst, 200) : of_.data.input().is_image() ? 16 : 12;
  worst_ = worst_ones(of_.trainer, some, set, of_.data, of_.scale, worst);
  if (!of_.data.has_classes()) predictions_ = predictions_on(of_.trainer, some, of_.scale);
}

void TrainingPage::epoch(const EpochReport& report) {
  past_.add(report);
  state_ = fmt::format("epoch {} of {}", report.epoch, report.epochs);
  if (looks_at(report.epoch)) {
    look_into(report.epoch);
    if (report.validated) {
      Metrics metrics = report.validation;
      metrics.mean_absolute_error *= of_.scale.deviation, metrics.root_mean_squared_error *= of_.scale.deviation;
      look_at(*of_.validation, fmt::format("the {} validation samples", of_.validation->size()), metrics, most_looked_at);
    } else {
      const Subset some = some_of(of_.training, most_looked_at / 4);
      Metrics metrics = of_.trainer.evaluate(some);
      metrics.mean_absolute_error *= of_.scale.deviation, metrics.root_mean_squared_error *= of_.scale.deviation;
      look_at(some, fmt::format("{} training samples, since none were put aside by --validate", some.size()), metrics, some.size());
    }
  }
  if (apps::now() - written_ >= pause) write();
}

void TrainingPage::end(const Metrics& test, const std::string& result, bool interrupted) {
  state_ += (state_.empty() ? "" : ": ") + std::string(interrupted ? "the training was stopped" : "the training has ended");
  result_ = result;
  look_at(*of_.data.test, fmt::format("the {} test samples", of_.data.test->size()), test, most_looked_at);
  write();
}

void TrainingPage::cut(const std::string& text) {
  state_ += (state_.empty() ? "" : "; ") + text;
  write();
}

void TrainingPage::go_on_from(std::span<const WeightsNote> notes) {
  past_.go_on_from(notes, of_.options.out.empty() ? "" : of_.options.out + "/log.csv");
  if (const std::vector<PastEpoch> epochs = past_.epochs(); !epochs.empty())
    state_ = fmt::format("epoch {:.0f} of {}", epochs.back().epoch, of_.options.recipe.epochs);
}

void TrainingPage::write() {
  if (!std::exchange(timed_, true) && of_.options.recipe.epochs > 0) try {
      times_ = layer_times(of_.options, of_.trainer.graph(), of_.trainer.weights(), of_.training);
    } catch (const std::exception&) {  // there is no memory for it: the page does without
    }
  plot::Page page(fmt::format("{} on {}", of_.options.recipe.name, shown(of_.options.data)), state_);
  if (!result_.empty()) page.paragraph(result_);
  add_curves(page), add_figures(page), add_first_layer(page), add_activations(page);
  add_model(page), add_times(page), add_origin(page);
  written_ = apps::now();  // also where it fails: the next attempt comes after the pause too
  page.save(of_.options.report);
}

}  // namespace train
