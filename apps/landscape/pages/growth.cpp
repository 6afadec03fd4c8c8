#include "apps/landscape/measures/growth.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/landscape/chapter.h"
#include "apps/landscape/jobs.h"

namespace landscape {

using namespace cambium::plot;

namespace {

struct Run {
  Norm norm;
  Growth trained, fresh;
};
struct Found {
  GrowthOptions trained, fresh;
  Run none{Norm::none, {}, {}}, batch{Norm::batch, {}, {}};
};

constexpr std::size_t long_step = 2;  // a rate of 1

Figure figure_of(const Found& found) {
  Panel layers("Outputs after one step of 1, over those before"), tails("The gradient of layer 10, weight by weight");
  layers.x(layer_axis(found.trained.layers.depth)).y({.label = "times as large", .logarithmic = true});
  tails.x({.label = "g / rms g", .low = -5, .high = 5}).y({.label = "density", .low = 0});
  for (const Run* run : {&found.none, &found.batch}) {
    const Vector& grown = run->trained.growth[long_step];
    layers.line(counted(grown.size()), grown, mark_of(run->norm));
    tails.density(run->trained.gradient, mark_of(run->norm));
  }
  return Figure({layers, tails});
}

constexpr const char* text =
    "Why do networks without a norm need small rates? Twenty layers after 50 small steps make one step of a given length along "
    "their gradient. What each layer lets out is compared with what it let out before. Without a norm a layer gets inputs that "
    "have grown, and its own weights have grown too, so that the factors multiply from layer to layer, and the loss with them. "
    "Behind a norm each layer starts anew at one. The gradient that leads there is spread differently too: without a norm most "
    "weights have next to none, and a few have very much.";

constexpr const char* doubts =
    "Right after the start the roles are exchanged in part. Batch norm makes gradients larger from each layer to the one below, by "
    "about a fifth (Yang et al. 2019), and in fifty layers the lowest ones get so much of it that a small step moves their "
    "outputs by a large factor; without a norm nothing moves. The next norm takes the factor out again, and after 50 steps it is "
    "gone, as weights that have grown have smaller gradients. Shortcuts, which deep networks "
    "mostly have, change both.";

void add_rows(Chapter& to, const Found& found) {
  const Growth &none = found.none.trained, &batch = found.batch.trained, &first = found.none.fresh, &second = found.batch.fresh;
  const auto row = [&](const std::string& what, double a, double b) {
    to.rows.push_back({what, fmt::format("{:.4g}", a), fmt::format("{:.4g}", b), fmt::format("{:.3g}", a / b)});
  };
  for (std::size_t i = 0; i < none.growth.size(); ++i)
    row(fmt::format("outputs of layer 20 after a step of {:g}, times", found.trained.rates[i]), none.growth[i].back(),
        batch.growth[i].back());
  row("loss after a step of 1, times", none.loss[long_step], batch.loss[long_step]);
  row("kurtosis of the gradient, layer 10", none.kurtosis, batch.kurtosis);
  row("50 layers at the start, outputs of layer 1, step of 0.1", first.growth[0].front(), second.growth[0].front());
  row("50 layers at the start, loss after a step of 0.1", first.loss[0], second.loss[0]);
}

void add_points(Chapter& to, const Found& found) {
  for (const Run* run : {&found.none, &found.batch})
    for (std::size_t i = 0; i < found.trained.rates.size(); ++i) {
      const Vector& grown = run->trained.growth[i];
      to.add("20 layers", run->norm, fmt::format("growth, step of {:g}", found.trained.rates[i]), counted(grown.size()), grown);
    }
}

void measure(Found& found, const Experiment& experiment) {
  found.trained.training.seed = found.fresh.training.seed = experiment.seed;
  found.fresh.layers.depth = 50, found.fresh.training.steps = 0;
  std::vector<std::function<void()>> jobs;
  for (Run* run : {&found.none, &found.batch}) {
    jobs.emplace_back([&, run] { run->trained = growth(experiment.set, run->norm, found.trained); });
    jobs.emplace_back([&, run] { run->fresh = growth(experiment.set, run->norm, found.fresh); });
  }
  run_jobs(jobs, experiment.threads);
}

}  // namespace

Chapter growth_chapter(const Experiment& experiment) {
  const auto found = std::make_shared<Found>();
  measure(*found, experiment);
  Chapter chapter;
  chapter.other = "ratio";
  chapter.headline = long_step;
  add_rows(chapter, *found);
  add_points(chapter, *found);
  chapter.draw = [found, chapter](Page& page) {
    const Row &outputs = chapter.rows[long_step], &tails = chapter.rows[5];
    page.heading("Layers that grow together").paragraph(text);
    page.figure("One step that is too long", figure_of(*found),
                {"Left, each layer's factor; right, whether a few weights have most of the gradient.",
                 "rms z(w - rate g) / rms z(w); kurtosis = mean g^4 / (mean g^2)^2",
                 fmt::format("layer 20 after a step of 1: {} times without norm, {} with batch norm; kurtosis {} and {}",
                             outputs.none, outputs.batch, tails.none, tails.batch)});
    Table table{{"", "no norm", "batch norm"}, {}};
    for (const Row& one : chapter.rows) table.rows.push_back({one.what, one.none, one.batch});
    page.table(table).paragraph(doubts);
  };
  return chapter;
}

}  // namespace landscape
