#include "apps/landscape/measures/drift.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  int depth;
  double rate;
  Norm norm;
  Drift found;

  std::size_t middle() const { return static_cast<std::size_t>(depth / 2 - 1); }
  double accuracy() const { return last_accuracy(found.training, 400, 50); }
  std::string network() const { return fmt::format("{} layers, rate {:g}", depth, rate); }
};
using Runs = std::vector<Run>;

Figure figure_of(const Run* runs) {
  Panel since("Drift of the middle layer since the start"), each("Change from one step to the next"),
      layers("Drift by layer, at the end"), accuracy("Accuracy in training");
  since.x({.label = "step"}).y({.label = "deviations of the start", .low = 0});
  each.x({.label = "step"}).y({.label = "deviations", .low = 0});
  layers.x(layer_axis(runs->depth)).y({.label = "deviations of the start", .low = 0});
  accuracy.x({.label = "step"}).y({.label = "share that is right", .low = 0, .high = 1});
  for (const Run* run = runs; run != runs + 3; ++run) {
    const Mark mark = mark_of(run->norm);
    const Drift& f = run->found;
    Vector last, right;
    for (const Vector& layer : f.drift) last.push_back(layer.empty() ? 0 : layer.back());
    for (const Step& step : f.training) right.push_back(step.accuracy);
    const Smooth curve = smooth(right, 20);
    since.line(f.steps, f.drift[run->middle()], mark), each.line(f.steps, f.change[run->middle()], mark);
    layers.line(counted(last.size()), last, mark), accuracy.line(curve.x, curve.values, mark);
  }
  return Figure({since, each, layers, accuracy});
}

void add_rows(Chapter& to, const Run& none, const Run& batch, const Run& noisy) {
  const auto row = [&](const char* what, auto value, const char* form) {
    to.rows.push_back({none.network() + ", " + what, fmt::format(fmt::runtime(form), value(none)),
                       fmt::format(fmt::runtime(form), value(batch)), fmt::format(fmt::runtime(form), value(noisy))});
  };
  row(
      "drift of the middle layer",
      [](const Run& r) { return r.found.drift[r.middle()].empty() ? 0 : r.found.drift[r.middle()].back(); }, "{:.2g}");
  row(
      "its change in a step", [](const Run& r) { return mean(r.found.change[r.middle()]); }, "{:.2g}");
  row(
      "accuracy of the last 50 steps, %", [](const Run& r) { return 100 * r.accuracy(); }, "{:.1f}");
}

void add_text(Page& page, const Chapter& chapter) {
  page.heading("Drift of nodes");
  page.paragraph(
      "Internal covariate shift, as the paper that introduced batch norm has it: the distribution of a node moves because the "
      "weights below it do. On 256 samples that stay the same, the mean of every node before its nonlinearity is compared with "
      "what it was at the start, and with what it was one step ago, in its own deviations. Behind batch norm it is 0 by "
      "construction. Noisy batch norm brings the movement back on purpose.");
  Table table{{"", "no norm", "batch norm", "noisy"}, {}};
  for (const Row& row : chapter.rows) table.rows.push_back({row.what, row.none, row.batch, row.other});
  page.table(table);
}

constexpr const char* doubts =
    "Is drift what batch norm is good for? Ioffe and Szegedy 2015 say so. Santurkar et al. 2018 bring the drift back behind the "
    "norm, and find that the training hardly notices. Here it depends on where one looks. At the higher rate a network of 20 "
    "layers learns little without norm, and nearly as much with noisy batch norm as with batch norm, although its nodes are "
    "shaken about in every step; at half that rate the same noise costs more than the norm brings. Nor is the noise always "
    "larger than what it stands for: at the higher rate, nodes of the deep network without norm move further in a step than this "
    "noise moves them, and since the start they have moved many times as far. So the experiment shows that steady nodes are not "
    "needed for most of the benefit, and not that they bring none.";

}  // namespace

Chapter drift_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const int depth : {20, 10})
    for (const double rate : {experiment.rate, experiment.rate / 2})
      for (const Norm norm : {Norm::none, Norm::batch, Norm::noisy_batch}) runs->push_back({depth, rate, norm, {}});
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] {
      run.found = drift(experiment.set, run.norm,
                        {.layers = {.depth = run.depth}, .training = {.rate = run.rate, .seed = experiment.seed}});
    });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.headline = 2;
  for (std::size_t i = 0; i < runs->size(); i += 3) add_rows(chapter, (*runs)[i], (*runs)[i + 1], (*runs)[i + 2]);
  for (const Run& run : *runs) {
    chapter.add(run.network(), run.norm, "drift of the middle layer", run.found.steps, run.found.drift[run.middle()]);
    chapter.add(run.network(), run.norm, "change of the middle layer", run.found.steps, run.found.change[run.middle()]);
  }
  chapter.draw = [runs, chapter](Page& page) {
    add_text(page, chapter);
    const Run &none = (*runs)[0], &noisy = (*runs)[2];
    page.figure(none.network(), figure_of(&none),
                {"The nodes of noisy batch norm never come to rest, and yet it learns.",
                 "drift = |mean now - mean at the start| / deviation at the start",
                 fmt::format("accuracy of the last 50 steps: {} without norm, {} with noisy batch norm", percent(none.accuracy()),
                             percent(noisy.accuracy()))});
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
