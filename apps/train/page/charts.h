// The pictures of a report on a training, from its numbers.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/train/page/activations.h"
#include "apps/train/page/filters.h"
#include "apps/train/page/past.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/plot/figure.h"
#include "cambium/framework/plot/page.h"
#include "cambium/framework/training/metrics.h"

namespace train {

// Loss, accuracy (or R2 of the validation part), learning rate and seconds of each epoch.
cambium::plot::Figure curves_of(const std::vector<PastEpoch>& epochs, bool classes);

// How often each class was taken for which; nothing where there are too many for a picture.
std::optional<cambium::plot::Figure> confusion_of(const cambium::Metrics& metrics, const std::vector<std::string>& names);
// Samples, precision, recall and F1 of each class.
cambium::plot::Table classes_of(const cambium::Metrics& metrics, const std::vector<std::string>& names);

// Predictions beside the values, each pair a point, and how far off they are.
cambium::plot::Figure predictions_of(const std::vector<std::pair<double, double>>& value_and_prediction, const std::string& target);

// Nothing where the layer has no pictures and too many weights.
std::optional<cambium::plot::Figure> filters_of(const FirstLayer& layer, const std::vector<std::string>& columns);

// The middle half and nine tenths of the values over the epochs, before and after each normalizer.
cambium::plot::Figure spreads_of(const std::vector<std::string>& norms, const std::vector<PastLook>& looks);
// Their densities at the end of the last look.
cambium::plot::Figure densities_of(const Activations& activations);

// Layers from top to bottom, and the edges between them; nothing where there are too many.
std::optional<cambium::plot::Figure> drawing_of(const cambium::Graph& graph);

}  // namespace train
