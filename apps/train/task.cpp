#include "apps/train/task.h"

#include <fmt/format.h>

#include "cambium/framework/base/error.h"
#include "cambium/models/line.h"

namespace train {

using namespace cambium;

apps::Scale scale_targets(Data& data) {
  if (data.has_classes()) return {};
  const apps::Scale scale = apps::scale_of_targets(*data.train);
  data.train = std::make_shared<apps::ScaledTarget>(data.train, scale);
  data.test = std::make_shared<apps::ScaledTarget>(data.test, scale);
  return scale;
}

apps::ModelDescription description_of(const Options& options, const Data& data, const Graph& graph, const apps::Scale& scale) {
  apps::ModelDescription d;
  try {
    d.layers = models::line_of(graph);
  } catch (const Error&) {  // it has branches
    d.model = options.recipe.name;
  }
  d.input = data.input();
  d.outputs = graph.entries()[static_cast<std::size_t>(graph.outputs()[0])].shape.size();
  if (data.has_classes()) d.classes = data.train->class_names();
  for (int c = static_cast<int>(d.classes.size()); data.has_classes() && c < data.outputs(); ++c)
    d.classes.push_back(std::to_string(c));
  d.error_bars = options.error_bars;
  d.target_mean = scale.mean, d.target_deviation = scale.deviation, d.target = data.target;
  d.reader = data.reader, d.reading = data.reading;
  return d;
}

}  // namespace train
