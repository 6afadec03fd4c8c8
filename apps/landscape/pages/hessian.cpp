#include "apps/landscape/measures/hessian.h"

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
  Nonlinearity nonlinearity;
  Norm norm;
  Curvature found;

  std::string network() const {
    return fmt::format("{}, {}", conv ? "two convolutions" : "8 layers", nonlinearity == Nonlinearity::relu ? "relu" : "tanh");
  }
  cambium::Graph graph(const cambium::Shape& input) const {
    return conv ? conv_net(input, norm, nonlinearity) : mlp(input, norm, {.depth = 8, .nonlinearity = nonlinearity});
  }
};
using Runs = std::vector<Run>;

Figure figure_of(const Runs& runs, double rate) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    Panel panel(runs[i].network());
    panel.x({.label = "loss in training (it falls to the left)", .low = 0.4, .high = 2.1});
    panel.y({.label = "largest eigenvalue", .low = 1, .high = 100, .logarithmic = true});
    for (const Run* run : {&runs[i], &runs[i + 1]}) {
      panel.line(run->found.loss, run->found.eigenvalue, mark_of(run->norm));
      panel.scatter(run->found.loss, run->found.eigenvalue, unnamed(mark_of(run->norm)));
    }
    panels.push_back(std::move(panel.rule_y(2 / rate, "2 / rate")));
  }
  return Figure(std::move(panels));
}

constexpr const char* text =
    "How sharply the loss bends in its steepest direction: the largest eigenvalue of the Hessian, by power iteration on products "
    "that are central differences of gradients, over 512 samples that stay the same. Networks learn at different speeds, so they "
    "are compared at equal loss: each the first time that its loss falls below 2, 1.5, 1, 0.7 and 0.5, with plain SGD at a rate "
    "of 0.05 for all. Rectifiers are held open or shut as they are at the point; else every one that a difference flips would "
    "add a jump, and the result would depend on how small the difference is.";

constexpr const char* doubts =
    "With rectifiers, batch norm makes the steepest direction several times flatter, as Page 2019 found, once the loss is below "
    "1; at the very start the two are closer. With tanh the multilayer network gains less, and the small convolutional one is "
    "sharper with batch norm than without, at every loss. Two things stand behind that. An eigenvalue is no property of the "
    "function alone: behind a norm, weights ten times as large compute the same and have a hundredth of the curvature (Dinh et "
    "al. 2017, \"Sharp Minima Can Generalize For Deep Nets\"). And gradient descent itself decides how sharp it gets: it moves "
    "on until the largest eigenvalue is about 2 / rate, where it begins to bounce (Cohen et al. 2021, \"Gradient Descent on "
    "Neural Networks Typically Occurs at the Edge of Stability\"). Without norm, both networks of rectifiers are there by the "
    "time the loss is 1.";

void add_row(Chapter& to, const Run& none, const Run& batch, double loss, std::size_t i) {
  const auto at = [&](const Run& run) { return i < run.found.eigenvalue.size() ? run.found.eigenvalue[i] : 0; };
  to.rows.push_back({fmt::format("{}, loss {:g}", none.network(), loss), fmt::format("{:.1f}", at(none)),
                     fmt::format("{:.1f}", at(batch)), ratio(at(none), at(batch))});
}

}  // namespace

Chapter hessian_chapter(const Experiment& experiment) {
  const auto runs = std::make_shared<Runs>();
  for (const Nonlinearity nonlinearity : {Nonlinearity::relu, Nonlinearity::tanh})
    for (const bool conv : {false, true})
      for (const Norm norm : {Norm::none, Norm::batch}) runs->push_back({conv, nonlinearity, norm, {}});
  HessianOptions options;
  options.training.seed = experiment.seed;
  std::vector<std::function<void()>> jobs;
  for (Run& run : *runs)
    jobs.emplace_back([&] { run.found = curvature(experiment.set, run.graph(experiment.set.input_shapes()[0]), options); });
  run_jobs(jobs, experiment.threads);
  Chapter chapter;
  chapter.headline = 2;
  chapter.other = "ratio";
  for (std::size_t i = 0; i < runs->size(); i += 2)
    for (std::size_t k = 0; k < options.losses.size(); ++k) add_row(chapter, (*runs)[i], (*runs)[i + 1], options.losses[k], k);
  for (const Run& run : *runs)
    chapter.add(run.network(), run.norm, "largest eigenvalue by loss", run.found.loss, run.found.eigenvalue);
  chapter.draw = [runs, chapter, options](Page& page) {
    page.heading("Curvature").paragraph(text);
    const Row& row = chapter.rows[2];
    page.figure("The largest eigenvalue, at equal loss", figure_of(*runs, options.training.rate),
                {"Above the dashed line plain gradient descent cannot stay.", "H v = (g(w + h v) - g(w - h v)) / 2 h",
                 fmt::format("{}: {} without norm, {} with batch norm", row.what, row.none, row.batch)});
    Table table{{"", "no norm", "batch norm", "ratio"}, {}};
    for (const Row& one : chapter.rows) table.rows.push_back({one.what, one.none, one.batch, one.other});
    page.table(table).paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
