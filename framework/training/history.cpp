#include "cambium/framework/training/history.h"

#include <fmt/format.h>

#include <cmath>

namespace cambium {

std::string History::table() const {
  std::string text = fmt::format("{:>5}  {:>8}  {:>7}  {:>10}  {:>7}  {:>9}  {:>7}  {:>9}\n", "epoch", "loss", "correct",
                                 "validation", "correct", "rate", "seconds", "samples/s");
  const auto percent = [](double share) { return std::isnan(share) ? std::string("-") : fmt::format("{:.2f} %", 100 * share); };
  for (const EpochReport& e : epochs) {
    text += fmt::format("{:>5}  {:>8.4f}  {:>7}  {:>10}  {:>7}  {:>9.3g}  {:>7.1f}  {:>9.0f}{}\n", e.epoch, e.loss,
                        percent(e.accuracy), e.validated ? fmt::format("{:.4f}", e.validation.loss) : "-",
                        percent(e.validated ? e.validation.accuracy() : std::nan("")), e.rate, e.seconds, e.samples_per_second,
                        e.epoch == best_epoch ? "  best" : "");
  }
  return text;
}

}  // namespace cambium
