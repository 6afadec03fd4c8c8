#include "apps/landscape/measures/rates.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  Norm norm;
  Vector accuracies;  // by rate
  Stress stress;
};
using Runs = std::vector<Run>;

Figure figure_of(const Runs& runs, const RatesOptions& options) {
  Panel rates("Ten layers, at one rate after the other"), stress("Two convolutions, at a rate that grows");
  rates.x({.label = "learning rate", .logarithmic = true}).y({.label = "accuracy of the last 30 steps", .low = 0, .high = 1});
  stress.x({.label = "learning rate", .logarithmic = true}).y({.label = "accuracy of the epoch", .low = 0, .high = 1});
  for (const Run& run : runs) {
    rates.line(options.rates, run.accuracies, mark_of(run.norm));
    rates.scatter(options.rates, run.accuracies, unnamed(mark_of(run.norm)));
    stress.line(run.stress.rates, run.stress.accuracy, mark_of(run.norm));
  }
  return Figure({rates.rule_y(options.reached, "60 %"), stress});
}

constexpr const char* text =
    "What a smoother loss is good for: larger steps. On the left, a network of ten layers of 100 is trained anew at each of "
    "seven rates, 150 steps of plain SGD on batches of 128; what counts is the largest rate at which the last 30 steps are right "
    "in 60 % of their samples. On the right the stress test of Page 2019: the rate grows by the square root of 2 with every "
    "epoch, for 25 epochs, with a momentum of 0.9. His network and his epochs are larger: here it is two convolutions, batches "
    "of 128 in place of 512, and ten steps to an epoch.";

constexpr const char* doubts =
    "Bjorck et al. 2018, \"Understanding Batch Normalization\", take this for the heart of the matter: batch norm is worth "
    "having because it allows large rates, and at the small rate that a network without it needs, the two learn about equally "
    "well. The left picture agrees at its left end. It is also where scale plays a part: behind a norm, weights that have grown "
    "make the step smaller, so that a rate which is too large corrects itself in time.";

}  // namespace

Chapter rates_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  RatesOptions options;
  options.training.seed = experiment.seed;
  StressOptions stressed;
  stressed.training.seed = experiment.seed;
  std::vector<std::function<void()>> jobs;
  for (const Norm norm : {Norm::none, Norm::batch}) runs->push_back({norm, Vector(options.rates.size()), {}});
  for (Run& run : *runs) {
    for (std::size_t i = 0; i < options.rates.size(); ++i)
      jobs.emplace_back([&, i] { run.accuracies[i] = accuracy_at(experiment.set, run.norm, options.rates[i], options); });
    jobs.emplace_back([&] { run.stress = stress(experiment.set, conv_net(experiment.set.input_shapes()[0], run.norm), stressed); });
  }
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.other = "ratio";
  const Run &none = (*runs)[0], &batch = (*runs)[1];
  const double low = largest_rate(none.accuracies, options), high = largest_rate(batch.accuracies, options);
  chapter.rows.push_back({"largest rate that reaches 60 %", fmt::format("{:g}", low), fmt::format("{:g}", high), ratio(high, low)});
  for (std::size_t i = 0; i < options.rates.size(); ++i)
    chapter.rows.push_back(
        {fmt::format("accuracy at rate {:g}", options.rates[i]), percent(none.accuracies[i]), percent(batch.accuracies[i]), {}});
  for (const Run& run : *runs) {
    chapter.add("10 layers", run.norm, "accuracy by rate", options.rates, run.accuracies);
    chapter.add("two convolutions", run.norm, "accuracy by growing rate", run.stress.rates, run.stress.accuracy);
  }
  chapter.draw = [runs, options, low, high](Page& page) {
    page.heading("Learning rates").paragraph(text);
    page.figure("How large a step can be", figure_of(*runs, options),
                {"A training that has diverged counts as wrong in every sample.",
                 {},
                 fmt::format("largest rate that reaches 60 %: {:g} without norm, {:g} with batch norm", low, high)});
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
