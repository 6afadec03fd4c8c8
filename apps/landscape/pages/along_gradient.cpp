#include "apps/landscape/measures/along_gradient.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  int depth;  // 0: two convolutions
  Norm norm;
  AlongGradient found;

  double last_accuracy() const {
    const auto steps = static_cast<std::ptrdiff_t>(found.accuracy.size());
    return mean(Vector(found.accuracy.end() - std::min<std::ptrdiff_t>(50, steps), found.accuracy.end()));
  }
  std::string network() const { return depth > 0 ? fmt::format("{} layers", depth) : "two convolutions"; }
  cambium::Graph graph(const cambium::Shape& input) const {
    return depth > 0 ? mlp(input, norm, {.depth = depth}) : conv_net(input, norm);
  }
};
using Runs = std::vector<Run>;

void add_rows(Chapter& to, const Run& none, const Run& batch, const Run& noisy) {
  const auto row = [&](const char* what, auto value, const char* form) {
    const auto text = [&](const Run& run) { return fmt::format(fmt::runtime(form), value(run.found)); };
    to.rows.push_back({fmt::format("{}, {}", none.network(), what), text(none), text(batch), text(noisy)});
    to.rows.push_back({fmt::format("{}, none as a multiple of it", none.network()),
                       {},
                       ratio(value(none.found), value(batch.found)),
                       ratio(value(none.found), value(noisy.found))});
  };
  row(
      "range of the loss", [](const AlongGradient& f) { return f.mean_range(); }, "{:.3f}");
  row(
      "change of the gradient", [](const AlongGradient& f) { return mean(f.change); }, "{:.2f}");
  row(
      "effective smoothness", [](const AlongGradient& f) { return mean(f.smoothness); }, "{:.1f}");
  to.rows.push_back({none.network() + ", accuracy of the last 50 steps", percent(none.last_accuracy()),
                     percent(batch.last_accuracy()), percent(noisy.last_accuracy())});
}

Figure figure_of(const Run* runs) {
  Panel loss("Loss along the step"), change("Change of the gradient along the step"), smoothness("Effective smoothness"),
      accuracy("Accuracy in training");
  loss.x({.label = "step"}).y({.label = "loss", .logarithmic = true});
  change.x({.label = "step"}).y({.label = "|g(w - t g) - g|", .logarithmic = true});
  smoothness.x({.label = "step"}).y({.label = "largest |g(w - t g) - g| / |t g|", .logarithmic = true});
  accuracy.x({.label = "step"}).y({.label = "share that is right", .low = 0, .high = 1});
  for (const Run* run = runs; run != runs + 3; ++run) {
    const Mark mark = mark_of(run->norm);
    const AlongGradient& f = run->found;
    loss.band(f.steps, f.low, f.high, mark);
    change.band(f.steps, f.least_change, f.change, mark);
    smoothness.line(f.steps, f.smoothness, mark);
    const Smooth curve = smooth(f.accuracy, 20);
    accuracy.line(curve.x, curve.values, mark);
  }
  return Figure({loss, change, smoothness, accuracy});
}

void add_text(Page& page, const Experiment& experiment) {
  page.heading("Along the gradient");
  page.paragraph(fmt::format(
      "Before every twentieth step of a training, the loss of the batch and its gradient are looked at along the step that is "
      "about to be taken, for step sizes from half the rate to four times. The networks are 10 and 20 layers of 100 "
      "rectifiers, and two convolutions; plain SGD at a rate of {:g}, batches of 128, 400 steps. The noisy batch norm shifts "
      "and scales every node behind the norm at random, anew in every step. All three see the same batches.",
      experiment.rate));
}

constexpr const char* doubts =
    "Where this is not the whole story. In the multilayer networks the range of the loss and the change of the gradient differ "
    "by far more than the effective smoothness does, in which the length of the step is divided away: much of what looks like a "
    "smoother loss is a shorter gradient at the same rate. In the convolutional network all three differ, as Santurkar et al. "
    "2018 show for theirs. And noisy batch norm comes out ahead of no norm where the training without norm is in trouble, in "
    "deep networks at high rates. At half the rate, in 20 layers, it is behind (see the table under drift).";

}  // namespace

Chapter along_gradient_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const int depth : {10, 20, 0})
    for (const Norm norm : {Norm::none, Norm::batch, Norm::noisy_batch}) runs->push_back({depth, norm, {}});
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] {
      run.found = along_gradient(experiment.set, run.graph(experiment.set.input_shapes()[0]),
                                 {.training = {.rate = experiment.rate, .seed = experiment.seed}});
    });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  for (std::size_t first = 0; first < runs->size(); first += 3)
    add_rows(chapter, (*runs)[first], (*runs)[first + 1], (*runs)[first + 2]);
  for (const Run& run : *runs) {
    const AlongGradient& f = run.found;
    chapter.add(run.network(), run.norm, "lowest loss", f.steps, f.low),
        chapter.add(run.network(), run.norm, "highest loss", f.steps, f.high);
    chapter.add(run.network(), run.norm, "change of the gradient", f.steps, f.change);
    chapter.add(run.network(), run.norm, "effective smoothness", f.steps, f.smoothness);
    chapter.add(run.network(), run.norm, "accuracy", counted(f.accuracy.size(), 0), f.accuracy);
  }
  chapter.draw = [runs, experiment](Page& page) {
    add_text(page, experiment);
    for (std::size_t first = 0; first < runs->size(); first += 3) {
      const Run &none = (*runs)[first], &batch = (*runs)[first + 1];
      page.figure(
          none.network(), figure_of(&none),
          {"The bands are what the loss and the gradient do within reach of one step; the narrower, the better a step knows "
           "what it does.",
           "range = max L(w - t g) - min L(w - t g), t from rate / 2 to 4 rate",
           fmt::format(
               "mean range of the loss {:.2f} without norm, {:.3f} with batch norm; change of the gradient {:.1f} and {:.1f}",
               none.found.mean_range(), batch.found.mean_range(), mean(none.found.change), mean(batch.found.change))});
    }
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
