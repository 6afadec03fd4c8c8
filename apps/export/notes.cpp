#include "apps/export/notes.h"

#include <fmt/format.h>

#include "cambium/framework/files/parts/json.h"

namespace exporting {
namespace {

using namespace cambium;

std::string outputs_of(const apps::ModelDescription& model, bool softmax) {
  if (model.names_classes())
    return softmax ? "probabilities of the classes" : "scores of the classes: their softmax is probabilities";
  const std::string each = "value = y * target_deviation + target_mean";
  if (!model.error_bars) return each;
  return each + ", and behind them as many: deviation = exp(y / 2) * target_deviation * error_bar_factor";
}

std::string input_of(const apps::ModelDescription& model) {
  const std::string sizes = model.input.str();
  if (model.reader == "images") return sizes + ": channels, height, width; bytes / 255";
  if (model.reader == "table") return sizes + ": columns as 'reading' says";
  return sizes + ": values as they are, bytes / 255";
}

}  // namespace

std::vector<WeightsNote> notes_for(const apps::ModelDescription& model, bool softmax) {
  std::vector<WeightsNote> notes = {{"model", model.model.empty() ? model.layers : model.model},
                                    {"input", input_of(model)},
                                    {"outputs", outputs_of(model, softmax)},
                                    {"reader", model.reader},
                                    {"reading", model.reading}};
  if (model.names_classes()) {
    Json::List classes;
    for (const std::string& name : model.classes) classes.emplace_back(name);
    notes.push_back({"classes", json_text(classes, "the classes")});
    return notes;
  }
  notes.push_back({"target", model.target});
  notes.push_back({"target_mean", fmt::format("{}", model.target_mean)});
  notes.push_back({"target_deviation", fmt::format("{}", model.target_deviation)});
  if (model.error_bars) notes.push_back({"error_bar_factor", fmt::format("{}", model.error_bar_factor)});
  return notes;
}

}  // namespace exporting
