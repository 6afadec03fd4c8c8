#include "apps/landscape/measures/gradient_shift.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  int depth;
  Norm norm;
  GradientShift found;

  std::string network() const { return fmt::format("{} layers", depth); }
  Vector layers() const { return {found.layers.begin(), found.layers.end()}; }
  static Vector means(const std::vector<Vector>& of) {
    Vector all;
    for (const Vector& values : of) all.push_back(mean(values));
    return all;
  }
};
using Runs = std::vector<Run>;

Figure figure_of(const Runs& runs) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    Panel cosines(runs[i].network() + ": cosine"), shift(runs[i].network() + ": shift");
    cosines.x(layer_axis(runs[i].depth)).y({.label = "cosine of G and G'", .low = -0.2, .high = 1});
    shift.x(layer_axis(runs[i].depth)).y({.label = "|G - G'|", .low = 0.1, .high = 4, .logarithmic = true});
    for (const Run* run : {&runs[i], &runs[i + 1]}) {
      cosines.line(run->layers(), Run::means(run->found.cosines), mark_of(run->norm));
      shift.line(run->layers(), Run::means(run->found.shift), mark_of(run->norm));
    }
    panels.push_back(std::move(cosines)), panels.push_back(std::move(shift));
  }
  return Figure(std::move(panels));
}

constexpr const char* text =
    "The same shift as an optimizer meets it. All layers of a network take their steps at once, each as if the others stood "
    "still. So take the gradient of one layer, let the layers below it take their step, and take the gradient again, on the same "
    "batch: how long is the difference, and how far does the new one point in the direction of the old? Means over a training of "
    "400 steps, for some layers of networks of 5, 10 and 20.";

constexpr const char* doubts =
    "This measure changes its sign. Ioffe and Szegedy 2015 would have batch norm lower this shift; Santurkar et al. 2018 report "
    "that it does not, and often raises it. Both are to be seen here, in the same kind of network: with 5 layers batch norm "
    "makes the shift smaller and the cosine larger, with 20 it makes the shift of the lower half several times larger, and of "
    "the upper smaller. Which of the two has the larger cosine there depends on the seed. In deep networks with batch norm and "
    "without shortcuts gradients grow from layer to layer towards the input (Yang et al. 2019, \"A Mean Field Theory of Batch "
    "Normalization\"), so steps there are long. Nothing general should be read from one depth, or one layer.";

void add_rows(Chapter& to, const Run& none, const Run& batch) {
  for (std::size_t k = 0; k < none.found.layers.size(); ++k) {
    const double a = mean(none.found.shift[k]), b = mean(batch.found.shift[k]);
    to.rows.push_back({fmt::format("{}, layer {}: shift, cosine", none.network(), none.found.layers[k]),
                       fmt::format("{:.2f}, {:.2f}", a, mean(none.found.cosines[k])),
                       fmt::format("{:.2f}, {:.2f}", b, mean(batch.found.cosines[k])), ratio(a, b)});
  }
}

}  // namespace

Chapter gradient_shift_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const int depth : {5, 10, 20})
    for (const Norm norm : {Norm::none, Norm::batch}) runs->push_back({depth, norm, {}});
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] {
      run.found = gradient_shift(experiment.set, run.norm,
                                 {.layers = {.depth = run.depth}, .training = {.rate = experiment.rate, .seed = experiment.seed}});
    });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.headline = 7;
  chapter.other = "ratio";
  for (std::size_t i = 0; i < runs->size(); i += 2) add_rows(chapter, (*runs)[i], (*runs)[i + 1]);
  for (const Run& run : *runs) {
    chapter.add(run.network(), run.norm, "shift by layer", run.layers(), Run::means(run.found.shift));
    chapter.add(run.network(), run.norm, "cosine by layer", run.layers(), Run::means(run.found.cosines));
  }
  chapter.draw = [runs, chapter](Page& page) {
    page.heading("Shift of gradients").paragraph(text);
    const GradientShift &shallow = (*runs)[0].found, &shallow_batch = (*runs)[1].found;
    const GradientShift &deep = (*runs)[4].found, &deep_batch = (*runs)[5].found;
    page.figure(
        "Before and after the layers below have stepped", figure_of(*runs),
        {"A cosine of 1 is a step that is still right. The scale of the shift is the same in all three networks.",
         "G' = dL/dW_i with the layers below i after their step",
         fmt::format("shift of layer 2 without norm and with batch norm: {:.2f} and {:.2f} of 5 layers, {:.2f} and {:.2f} of 20",
                     mean(shallow.shift[0]), mean(shallow_batch.shift[0]), mean(deep.shift[0]), mean(deep_batch.shift[0]))});
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
