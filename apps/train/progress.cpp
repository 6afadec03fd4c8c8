#include "apps/train/progress.h"

#include <cmath>

#include "apps/common/console.h"
#include "apps/common/scores.h"
#include "apps/train/progress_line.h"

namespace train {

std::string epochs_text(double epochs) {
  std::string text = fmt::format("{:.3f}", epochs);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void Progress::step(const cambium::StepReport& r) {
  epochs_ = r.epoch - 1 + static_cast<double>(r.step) / static_cast<double>(r.steps);
  constexpr double often_enough = 0.1;  // seconds; more often nobody can read
  if (!shown_ || (r.step < r.steps && r.seconds - last_ < often_enough)) return;
  last_ = r.seconds;
  if (const int width = apps::terminal_width(); width > 0) apps::live(progress_line(r, epochs_ / r.epochs, width - 1));
}

void Progress::epoch(const cambium::EpochReport& r) {
  if (!shown_) return;
  std::string validation;
  if (r.validated)
    validation = fmt::format("  validation {} (loss {}){}", apps::quality(r.validation), apps::loss_text(r.validation.loss),
                             r.best ? " best" : "");
  const std::string training = std::isnan(r.accuracy) ? "" : "  training " + apps::percent(r.accuracy);
  apps::say("epoch {}/{}  loss {}{}{}  {:.1f} s  {:.0f} samples/s\n", r.epoch, r.epochs, apps::loss_text(r.loss), training,
            validation, r.seconds, r.samples_per_second);
}

}  // namespace train
