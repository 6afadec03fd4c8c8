// What stands in the page, section after section.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "apps/common/console.h"
#include "apps/common/scores.h"
#include "apps/common/shell.h"
#include "apps/train/page/charts.h"
#include "apps/train/page/filters.h"
#include "apps/train/page/training_page.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/table_format.h"
#include "cambium/models/line.h"

namespace train {
namespace {

using namespace cambium;

std::vector<std::string> input_columns(const Data& data) {
  return data.reader == "table" ? TableFormat::from_text(data.reading, "the table").column_names() : std::vector<std::string>();
}

}  // namespace

void TrainingPage::add_curves(plot::Page& page) const {
  const std::vector<PastEpoch> epochs = past_.epochs();
  if (epochs.empty()) return;
  const PastEpoch& last = epochs.back();
  std::string measured = fmt::format("after epoch {:.0f}: training loss {}", last.epoch, apps::loss_text(last.loss));
  if (of_.data.has_classes()) measured += ", accuracy " + apps::percent(last.metric);
  if (of_.validation) {
    measured += fmt::format("; validation loss {}, ", apps::loss_text(last.validation_loss));
    measured += of_.data.has_classes() ? "accuracy " + apps::percent(last.validation_metric) : apps::r2(last.validation_metric);
  }
  page.heading("Curves");
  page.figure("Epochs", curves_of(epochs, of_.data.has_classes()),
              {.text = "Figures of the training samples are means over each epoch as it went, with the weights of the moment" +
                       std::string(of_.validation ? "; those of the validation samples are taken when the epoch is over." : "."),
               .measured = measured});
}

void TrainingPage::add_figures(plot::Page& page) const {
  if (!metrics_) return;
  page.heading(of_.data.has_classes() ? "Classes" : "Predictions");
  page.paragraph(fmt::format("On {}: {}.", set_,
                             of_.data.has_classes() ? "accuracy " + apps::accuracy(*metrics_)
                                                    : fmt::format("{}, mean absolute error {:.6g}, root mean squared error "
                                                                  "{:.4g}",
                                                                  apps::r2(metrics_->r2), metrics_->mean_absolute_error,
                                                                  metrics_->root_mean_squared_error)));
  if (of_.data.has_classes()) {
    const std::vector<std::string> names = of_.data.train->class_names();
    if (const std::optional<plot::Figure> figure = confusion_of(*metrics_, names))
      page.figure("Which class was taken for which", *figure,
                  {.text = "A row for each class, and in it how many samples of the class were taken for which."});
    page.table(classes_of(*metrics_, names), "Classes one by one");
  } else if (!predictions_.empty()) {
    page.figure("Values and predictions", predictions_of(predictions_, of_.data.target),
                {.text = fmt::format("{} samples.", predictions_.size())});
  }
  if (worst_.rows.rows.empty()) {
    page.paragraph("No sample was mistaken.");
    return;
  }
  if (!worst_.pictures.empty()) {
    plot::Panel panel;
    constexpr int columns = 4;
    const auto rows = (worst_.pictures.size() + columns - 1) / columns;
    panel.height(40 + 110 * static_cast<double>(rows)).pictures(worst_.pictures, columns);
    page.figure(
        "The worst mistakes", plot::Figure({std::move(panel)}, 1),
        {.text = of_.data.has_classes()
                     ? "Those of which the model was surest: what each was taken for, with which probability, and what it is."
                     : ""});
  }
  page.table(worst_.rows, worst_.pictures.empty() ? "The worst mistakes" : "One by one");
}

void TrainingPage::add_first_layer(plot::Page& page) const {
  const FirstLayer layer = first_layer(of_.trainer.graph(), of_.trainer.weights(), most_filters(of_.data.input()));
  const std::optional<plot::Figure> figure = filters_of(layer, input_columns(of_.data));
  if (!figure) return;
  const bool pictures = !layer.pictures.empty();
  const std::size_t shown_here = pictures ? layer.pictures.size() : layer.weights.size() / static_cast<std::size_t>(layer.inputs);
  page.heading("First layer");
  page.figure("Weights of " + layer.name, *figure,
              {.text = pictures ? "One picture for each output. Middle grey is a weight of 0; the largest of all is white or black."
                                : "One row for each output.",
               .measured = fmt::format("{} of {} outputs", shown_here, layer.outputs)});
}

void TrainingPage::add_activations(plot::Page& page) const {
  const std::vector<PastLook> looks = past_.looks();
  if (looks.empty() || !activations_ || activations_->norms().empty()) return;
  page.heading("Activations");
  std::string which = fmt::format("of {} {} samples, in evaluation mode, as a prediction sees them", Activations::most_samples,
                                  of_.validation ? "validation" : "training");
  if (activations_->all_norms() > static_cast<int>(activations_->norms().size()))
    which += fmt::format("; {} of {} normalizers", activations_->norms().size(), activations_->all_norms());
  if (looks.size() > 1)
    page.figure("Before and after each normalizer, over the epochs", spreads_of(activations_->norms(), looks),
                {.text = "The values " + which + ". Epoch 0 is before the first step."});
  if (!activations_->before().empty())
    page.figure("Their distributions now", densities_of(*activations_),
                {.text = "The same values after the last epoch looked at."});
}

void TrainingPage::add_model(plot::Page& page) const {
  const Graph& graph = of_.trainer.graph();
  page.heading("Model");
  if (const std::optional<plot::Figure> drawing = drawing_of(graph))
    page.figure("Layers", *drawing, {.text = "From the input at the top to the output, each layer with the shape of its output."});
  page.code(graph.summary());
}

void TrainingPage::add_times(plot::Page& page) const {
  if (times_.empty()) return;
  LayerTime all{.name = "all"};
  for (const LayerTime& time : times_) all.forward += time.forward, all.backward += time.backward, all.update += time.update;
  plot::Table table{{"layer", "forward ms", "backward ms", "update ms", "share %"}, {}};
  const auto add = [&](const LayerTime& t) {
    table.rows.push_back({t.name, fmt::format("{:.3f}", t.forward), fmt::format("{:.3f}", t.backward),
                          fmt::format("{:.3f}", t.update), fmt::format("{:.1f}", 100 * t.all() / std::max(all.all(), 1e-12))});
  };
  for (const LayerTime& time : times_) add(time);
  add(all);
  page.heading("Time");
  page.paragraph(
      fmt::format("A training step of {} samples on one thread, medians of a few steps on a copy of the model. Layers that "
                  "run as one have one line.",
                  std::min<std::int64_t>(of_.options.recipe.batch, of_.training.size())));
  page.table(table);
}

void TrainingPage::add_origin(plot::Page& page) const {
  const models::Recipe& r = of_.options.recipe;
  page.heading("How it was made");
  apps::Words words = of_.words;
  std::erase(words, "--resume");  // whoever makes it anew begins
  page.code(apps::shell_line(apps::program(), words));
  page.paragraph(fmt::format("{}: {}. {} parameters, {}, {} schedule, {}, batch {}, seed {}. Cambium {}.", shown(of_.options.data),
                             of_.training.describe(), of_.trainer.weights().parameters(), of_.trainer.optimizer().describe().str(),
                             r.schedule, apps::counted(r.epochs, "epoch"), r.batch, of_.options.seed, CAMBIUM_VERSION));
  try {
    page.code(models::line_of(of_.trainer.graph()));
  } catch (const Error&) {  // it has branches, and its name says what it is
  }
}

}  // namespace train
