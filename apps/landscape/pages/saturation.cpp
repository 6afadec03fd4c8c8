#include "apps/landscape/measures/saturation.h"

#include <fmt/format.h>

#include <memory>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  double scale;  // of the input; 0: the network of rectifiers, input as it is
  Norm norm;
  SaturationOverTime found;

  std::string network() const { return scale > 0 ? fmt::format("tanh, input times {:g}", scale) : std::string("relu, 20 layers"); }
};
using Runs = std::vector<Run>;

Figure figure_of(const Runs& runs) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    const bool tanh = runs[i].scale > 0;
    Panel panel(runs[i].network());
    panel.x(layer_axis(static_cast<int>(runs[i].found.start.far.size())))
        .y({.label = tanh ? "share of values beyond 2" : "share of nodes that are dead", .low = 0, .high = 1});
    for (const Run* run : {&runs[i], &runs[i + 1]}) {
      const Vector &start = tanh ? run->found.start.far : run->found.start.dead,
                   &end = tanh ? run->found.end.far : run->found.end.dead;
      Mark before = mark_of(run->norm, true);
      before.name += ", at the start";
      panel.line(counted(start.size()), start, before).line(counted(end.size()), end, mark_of(run->norm));
    }
    panels.push_back(std::move(panel));
  }
  return Figure(std::move(panels));
}

constexpr const char* text =
    "A nonlinearity does its work near zero. Beyond 2, tanh is flat; a rectifier that is shut for every sample is dead, and "
    "nothing moves it any more. On 256 samples that stay the same, before and after 200 steps at a rate of 0.1: five layers with "
    "tanh, on pixels from 0 to 1 and a hundred times as large, and twenty layers of rectifiers.";

constexpr const char* doubts =
    "Saturation is real where inputs are large or networks deep, and batch norm ends it: 4.55 % of a standard normal lie beyond "
    "2, and so much it keeps, whatever the input. With inputs of the usual scale and a good start of the weights there is next "
    "to nothing to end, and batch norm helps there as well: it puts more values beyond 2 than there were without it, and the "
    "network learns faster. So saturation is one thing that it prevents, and not the reason why it works.";

void add_rows(Chapter& to, const Run& none, const Run& batch) {
  const auto row = [&](const std::string& what, double a, double b) {
    to.rows.push_back({none.network() + ", " + what, percent(a), percent(b), {}});
  };
  if (none.scale > 0) {
    row("first layer, values beyond 2 at the start", none.found.start.far.front(), batch.found.start.far.front());
    row("first layer, values beyond 2 at the end", none.found.end.far.front(), batch.found.end.far.front());
    row("first layer, slopes below 0.01 at the end", none.found.end.flat.front(), batch.found.end.flat.front());
  } else {
    row("last layer, dead nodes at the start", none.found.start.dead.back(), batch.found.start.dead.back());
    row("last layer, dead nodes at the end", none.found.end.dead.back(), batch.found.end.dead.back());
  }
  row("accuracy of the last 20 steps", none.found.accuracy, batch.found.accuracy);
}

}  // namespace

Chapter saturation_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const double scale : {1., 100., 0.})
    for (const Norm norm : {Norm::none, Norm::batch}) runs->push_back({scale, norm, {}});
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] {
      SaturationOptions options;
      options.training.seed = experiment.seed;
      if (run.scale > 0)
        options.scale = run.scale;
      else
        options.layers = {.depth = 20};
      run.found = saturation(experiment.set, run.norm, options);
    });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.headline = 5;
  chapter.other.clear();
  for (std::size_t i = 0; i < runs->size(); i += 2) add_rows(chapter, (*runs)[i], (*runs)[i + 1]);
  for (const Run& run : *runs)
    for (const auto& [when, found] : {std::pair("start", &run.found.start), std::pair("end", &run.found.end)}) {
      const Vector layers = counted(found->far.size());
      chapter.add(run.network(), run.norm, fmt::format("values beyond 2, {}", when), layers, found->far);
      chapter.add(run.network(), run.norm, fmt::format("dead nodes, {}", when), layers, found->dead);
    }
  chapter.draw = [runs, chapter](Page& page) {
    page.heading("Saturated nodes").paragraph(text);
    const Row& row = chapter.rows[5];
    page.figure("Where nothing passes", figure_of(*runs),
                {"Dashed lines are before the training, solid ones after it.", "beyond 2: |z| > 2; dead: z <= 0 for every sample",
                 fmt::format("{}: {} without norm, {} with batch norm", row.what, row.none, row.batch)});
    Table table{{"", "no norm", "batch norm"}, {}};
    for (const Row& one : chapter.rows) table.rows.push_back({one.what, one.none, one.batch});
    page.table(table).paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
