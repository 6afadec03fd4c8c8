#include "apps/predict/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/training/gaussian_likelihood.h"

namespace predict {
namespace {

using namespace cambium;

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.empty() && text.front() != ' ' && text.back() != ' ') return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string text_in_json(const std::string& text) { return json_text(Json(text), "a name"); }

std::string number(double value) { return fmt::format("{}", static_cast<float>(value)); }
std::string number_in_json(double value) { return std::isfinite(value) ? number(value) : "null"; }

std::vector<double> softmax(std::span<const real> y) {
  const double most = static_cast<double>(*std::max_element(y.begin(), y.end()));
  std::vector<double> p;
  double sum = 0;
  for (const real z : y) sum += p.emplace_back(std::exp(static_cast<double>(z) - most));
  for (double& one : p) one /= sum;
  return p;
}

}  // namespace

Answers::Answers(const apps::ModelDescription& model, std::string name_heading, const Options& options)
    : model_(model),
      name_heading_(std::move(name_heading)),
      json_(options.json),
      files_(options.files.size() > 1 && name_heading_ != "file") {
  std::set<std::string> taken{"file", name_heading_};
  if (model.names_classes()) {
    taken.insert({"probability", "probabilities"});
    const bool free = !taken.contains(model.target) && !model.target.starts_with("p(");
    class_heading_ = model.reader == "table" && free ? model.target : "label";
    taken.insert(class_heading_);
  } else {
    name_values();
  }
  taken.insert(columns_.begin(), columns_.end());
  for (std::string id : options.ids) {
    while (!taken.insert(id).second) id += "_given";
    ids_.push_back(std::move(id));
  }
}

void Answers::name_values() {
  for (int k = 0; k < model_.values(); ++k)
    columns_.push_back(model_.values() == 1 ? model_.target : fmt::format("{}_{}", model_.target, k));
  for (int k = 0; model_.error_bars && k < model_.values(); ++k)
    columns_.push_back(columns_[static_cast<std::size_t>(k)] + "_deviation");
}

std::string Answers::heading() const {
  if (json_) return "";
  std::string text = (files_ ? "file," : "") + name_heading_;
  for (const std::string& id : ids_) text += ',' + cell(id);
  if (model_.names_classes()) {
    text += ',' + cell(class_heading_) + ",probability";
    for (const std::string& name : model_.classes) text += ',' + cell("p(" + name + ')');
  }
  for (const std::string& column : columns_) text += ',' + cell(column);
  return text + '\n';
}

std::string Answers::line(const std::string& file, const Name& name, std::span<const real> y) const {
  return start(file, name) + (model_.names_classes() ? classes(y) : values(y));
}

std::string Answers::start(const std::string& file, const Name& name) const {
  std::string text = (files_ ? cell(file) + ',' : "") + cell(name.text);
  if (json_)
    text = fmt::format("{{{}\"{}\": {}", files_ ? "\"file\": " + text_in_json(file) + ", " : "", name_heading_,
                       name_heading_ == "file" ? text_in_json(name.text) : name.text);
  for (std::size_t i = 0; i < ids_.size(); ++i)
    text += json_ ? fmt::format(", {}: {}", text_in_json(ids_[i]), text_in_json(name.ids[i])) : ',' + cell(name.ids[i]);
  return text;
}

std::string Answers::classes(std::span<const real> y) const {
  const std::vector<double> p = softmax(y);
  const auto best = static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin());
  std::string text;
  if (!json_) {
    text = ',' + cell(model_.classes[best]) + ',' + number(p[best]);
    for (const double one : p) text += ',' + number(one);
    return text + '\n';
  }
  text = fmt::format(", {}: {}, \"probability\": {}, \"probabilities\": {{", text_in_json(class_heading_),
                     text_in_json(model_.classes[best]), number_in_json(p[best]));
  for (std::size_t c = 0; c < p.size(); ++c)
    text += fmt::format("{}{}: {}", c == 0 ? "" : ", ", text_in_json(model_.classes[c]), number_in_json(p[c]));
  return text + "}}\n";
}

std::string Answers::values(std::span<const real> y) const {
  const GaussianLikelihood loss;
  const auto count = static_cast<std::size_t>(model_.values());
  std::string text;
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const double own = k < count ? static_cast<double>(y[k]) * model_.target_deviation + model_.target_mean
                                 : loss.deviation(y[k]) * model_.error_bar_factor * model_.target_deviation;
    text += json_ ? fmt::format(", {}: {}", text_in_json(columns_[k]), number_in_json(own)) : ',' + number(own);
  }
  return text + (json_ ? "}\n" : "\n");
}

}  // namespace predict
