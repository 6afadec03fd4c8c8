#include "apps/train/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/common/augments.h"
#include "apps/common/console.h"
#include "apps/common/scores.h"
#include "apps/train/progress.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/subset.h"

namespace train {
namespace {

// "648 of 900 samples ..." of what the set itself calls "648 of 720 of 900 samples ...", where parts for the validation and for the
// test were taken away. Checkpoints know the data by the longer text.
std::string part_of_all(const Data& data, const cambium::Dataset& training) {
  std::string text = training.describe();
  const std::string between = fmt::format("{} of {} of ", training.size(), data.train->size());
  return text.starts_with(between) ? fmt::format("{} of {}", training.size(), text.substr(between.size())) : text;
}

// Which weights were the best on the validation samples, and where they are.
std::string best_of(const Options& options) {
  if (options.validate.any() && !options.out.empty())
    return cambium::shown(options.out) + "/best.safetensors has the epoch that was best on the validation samples";
  return fmt::format("{}{} keeps the epoch that is best on validation samples", options.validate.any() ? "" : "--validate 10% ",
                     options.out.empty() ? "--out DIR" : "with --out");
}

constexpr std::int64_t enough_samples = 5000;

cambium::Subset drawn_evenly(const cambium::Dataset& set) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(set.size(), enough_samples)));
  for (std::size_t i = 0; i < rows.size(); ++i)  // with samples of one class side by side, the first ones are no good
    rows[i] =
        static_cast<std::int64_t>(static_cast<double>(i) * static_cast<double>(set.size()) / static_cast<double>(rows.size()));
  return {std::shared_ptr<const cambium::Dataset>(&set, [](const cambium::Dataset*) {}), std::move(rows)};
}

// While it was learning, a model met its samples by other statistics and with another dropout than it meets those of the test.
std::string overfitting(const Options& options, const Result& of) {
  const cambium::Metrics& test = of.test;
  const auto far_apart = [&](double accuracy) { return accuracy - test.accuracy() > std::max(0.1, 3 * test.standard_error()); };
  if (of.history.epochs.empty() || options.balanced || test.classes == 0) return "";
  if (!far_apart(of.history.epochs.back().accuracy)) return "";
  const double training = of.trainer.evaluate(drawn_evenly(of.training)).accuracy();
  if (!far_apart(training)) return "";
  return fmt::format(
      "training samples {:.1f} %, test {:.1f} %: a part was learnt by heart{}; more samples or a smaller model; {}\n",
      100 * training, 100 * test.accuracy(), options.test.empty() ? "" : ", or the test is of another kind", best_of(options));
}

// The validation samples were met better before.
std::string behind_the_best(const Options& options, const cambium::History& history) {
  const auto best = std::ranges::find(history.epochs, history.best_epoch, &cambium::EpochReport::epoch);
  if (history.best_epoch == 0 || best == history.epochs.end()) return "";
  const cambium::EpochReport& last = history.epochs.back();
  if (!(last.validation.loss - best->validation.loss > std::max(0.05, 0.25 * std::abs(best->validation.loss)))) return "";
  const bool by_heart = last.loss < best->loss;
  return fmt::format("the validation loss was {} after epoch {} and is {} now{}; these are the weights of the last epoch; {}; {}\n",
                     apps::loss_text(best->validation.loss), best->epoch, apps::loss_text(last.validation.loss),
                     by_heart ? ", while that of the training fell: what came after was learnt by heart" : "", best_of(options),
                     by_heart ? "fewer --epochs may do, too" : "a smaller --rate may do better");
}

}  // namespace

void print_task(const Options& options, const Data& data, const cambium::Dataset& training, cambium::Trainer& trainer,
                bool goes_on) {
  const cambium::models::Recipe& r = options.recipe;
  const cambium::Augments augments = apps::augments_of("--augment", options.augment);
  const std::string changed = augments.empty() && !augments.mixup() ? "" : ", changed by " + augments.str();
  apps::say("{}: {}{}\n", cambium::shown(options.data), part_of_all(data, training), changed);
  if (!data.note.empty()) apps::say("{}\n", data.note);
  apps::say("{}: {} parameters, {}, {} schedule, batch {}, seed {}\n", r.name, trainer.weights().parameters(),
            trainer.optimizer().describe().kind + " at " + cambium::text_of(r.rate), r.schedule, r.batch, options.seed);
  if (options.small_set)
    apps::say("{} of {}, as the set is small; --epochs and --batch change that\n", apps::counted(r.epochs, "epoch"),
              apps::counted((training.size() + r.batch - 1) / r.batch, "step"));
  if (options.load.empty() || goes_on) return;
  if (r.epochs == 0)
    apps::say("weights of {}, tested as they are\n", cambium::shown(options.load));
  else
    apps::say("weights of {}, trained for {}; --epochs 0 only tests them\n", cambium::shown(options.load),
              apps::counted(r.epochs, "more epoch"));
}

std::string result_of(const cambium::Metrics& test, double epochs, double seconds) {
  return fmt::format("{} after {} epoch{}, {:.1f} s", apps::test_score(test), epochs_text(epochs), epochs == 1 ? "" : "s", seconds);
}

std::string other_weights(const Options& options, const cambium::History& history, double epochs) {
  const int best = history.best_epoch;
  if (options.out.empty() || best == 0 || best == epochs) return "";
  return fmt::format("the test is of the last step; {}/best.safetensors has epoch {}, the best on the validation samples\n",
                     cambium::shown(options.out), best);
}

std::string advice_of(const Options& options, const Result& of) {
  std::string advice = overfitting(options, of);
  if (advice.empty()) advice = behind_the_best(options, of.history);
  if (of.test.classes == 0 && of.test.r2 < 0)
    advice +=
        "R2 below 0: the mean of all rows would be a better answer; more --epochs or another --rate, and --worst 5 names rows "
        "that are none\n";
  return advice;
}

}  // namespace train
