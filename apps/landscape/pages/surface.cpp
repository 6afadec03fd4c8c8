#include "apps/landscape/measures/surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  bool conv;
  Norm norm;
  Surface found;

  std::string network() const { return conv ? "two convolutions" : "8 layers"; }
  double highest() const { return *std::max_element(found.losses.begin(), found.losses.end()); }
  // The share of the square where the loss is at most 1 above that of its centre.
  double near() const {
    double count = 0;
    for (const double loss : found.losses) count += loss < found.centre + 1;
    return count / static_cast<double>(found.losses.size());
  }
};
using Runs = std::vector<Run>;

Figure figure_of(const Runs& runs) {
  std::vector<Panel> panels;
  for (const Run& run : runs) {
    Panel panel(fmt::format("{}, {}", run.network(), name(run.norm)));
    panel.height(320).x({.label = "along the first direction"}).y({.label = "along the second"});
    panel.contours({run.found.at, run.found.at, run.found.losses}, {.levels = 12, .logarithmic = true});
    panels.push_back(std::move(panel));
  }
  return Figure(std::move(panels));
}

Figure cuts_of(const Runs& runs) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    Panel panel(runs[i].network());
    panel.x({.label = "along the first direction"}).y({.label = "loss", .logarithmic = true});
    for (const Run* run : {&runs[i], &runs[i + 1]}) {
      const auto n = static_cast<std::ptrdiff_t>(run->found.at.size());
      const auto row = run->found.losses.begin() + n * (n / 2);
      panel.line(run->found.at, Vector(row, row + n), mark_of(run->norm));
    }
    panels.push_back(std::move(panel));
  }
  return Figure(std::move(panels));
}

constexpr const char* text =
    "The loss of a trained network when its weights go along two random directions, each as long, filter by filter, as the "
    "network's own weights: at a distance of 1 as much has been added as was there. 300 steps at a rate of 0.1, then 441 points "
    "of 256 samples, with the statistics of that batch. Contours are spaced by equal factors.";

constexpr const char* doubts =
    "Two directions out of a hundred thousand show little, and random ones say nothing of the steepest. What is safe to read is "
    "the comparison: the same directions, lengths that mean the same. Without norm the loss grows like a power of the distance, "
    "because every layer makes the values of the next larger; behind a norm values cannot grow, and the loss levels off a little "
    "above what guessing costs. That is smoothness of a kind, and it is there before anything has been learnt.";

}  // namespace

Chapter surface_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const bool conv : {false, true})
    for (const Norm norm : {Norm::none, Norm::batch}) runs->push_back({conv, norm, {}});
  const SurfaceOptions options{.training = {.seed = experiment.seed}};
  const cambium::Shape input = experiment.set.input_shapes()[0];
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] {
      run.found = surface(experiment.set, run.conv ? conv_net(input, run.norm) : mlp(input, run.norm, {.depth = 8}), options);
    });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.other = "ratio";
  for (std::size_t i = 0; i < runs->size(); i += 2) {
    const Run &none = (*runs)[i], &batch = (*runs)[i + 1];
    chapter.rows.push_back({none.network() + ", highest loss in the square", fmt::format("{:.1f}", none.highest()),
                            fmt::format("{:.1f}", batch.highest()), ratio(none.highest(), batch.highest())});
    chapter.rows.push_back({none.network() + ", share of it within 1 of the centre", percent(none.near()), percent(batch.near()),
                            ratio(none.near(), batch.near())});
  }
  for (const Run& run : *runs)
    for (std::size_t row = 0; row < run.found.at.size(); ++row) {
      const auto first = run.found.losses.begin() + static_cast<std::ptrdiff_t>(row * run.found.at.size());
      chapter.add(run.network(), run.norm, fmt::format("loss at {:.2f}", run.found.at[row]), run.found.at,
                  Vector(first, first + static_cast<std::ptrdiff_t>(run.found.at.size())));
    }
  chapter.draw = [runs, chapter](Page& page) {
    page.heading("The surface").paragraph(text);
    const Row& row = chapter.rows[0];
    page.figure(
        "Around a trained network", figure_of(*runs),
        {"The network stands in the middle of each square.", "f(a, b) = L(w + a d + b e), |d_i| = |e_i| = |w_i| for each filter i",
         fmt::format("{}: {} without norm, {} with batch norm", row.what, row.none, row.batch)});
    page.figure("A cut through the middle", cuts_of(*runs),
                {"The middle row of each pair of squares, on one scale.", "f(a, 0)", {}});
    page.paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
