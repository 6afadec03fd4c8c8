// Says what is in a file of weights: the model, how it was trained, and each tensor with what its numbers are like.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/parts/weights_content.h"
#include "cambium/framework/files/safetensors.h"

namespace {
using namespace cambium;

constexpr const char* training = weights_content::training_prefix;

// Of the numbers of a tensor that are finite; and how many are not.
struct Figures {
  double least = std::numeric_limits<double>::infinity(), most = -least, mean = 0, deviation = 0;
  std::size_t finite = 0, others = 0;
};

Figures figures_of(const SafetensorsFile::Tensor& tensor) {
  Figures f;
  double squares = 0;  // Welford 1962: of differences to the mean so far
  for (std::size_t i = 0; i < tensor.count(); ++i) {
    const double value = weights_content::value_at(tensor, i);
    if (!std::isfinite(value)) {
      ++f.others;
      continue;
    }
    const double off = value - f.mean;
    f.mean += off / static_cast<double>(++f.finite);
    squares += off * (value - f.mean);
    f.least = std::min(f.least, value), f.most = std::max(f.most, value);
  }
  if (f.finite > 0) f.deviation = std::sqrt(squares / static_cast<double>(f.finite));
  return f;
}

std::string sizes_of(const SafetensorsFile::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "1" : text;
}

void print_tensors(const SafetensorsFile& file) {
  apps::say("\n{:<32} {:>14} {:<5} {:>11} {:>11} {:>11} {:>11}\n", "tensor", "shape", "type", "least", "mean", "most", "deviation");
  for (const SafetensorsFile::Tensor& tensor : file.tensors()) {
    if (tensor.name.starts_with(training)) continue;
    const bool is_read = weights_content::is_read(tensor.dtype);
    apps::say("{:<32} {:>14} {}{}", shown(tensor.name), sizes_of(tensor), tensor.type, is_read ? "  " : "\n");
    if (!is_read) continue;
    const Figures f = figures_of(tensor);
    if (f.finite > 0) apps::say(" {:>11.4g} {:>11.4g} {:>11.4g} {:>11.4g}", f.least, f.mean, f.most, f.deviation);
    apps::say("{}\n", f.others > 0 ? fmt::format("  {} not finite", f.others) : "");
  }
}

void print_model(const std::string& path) {
  const apps::ModelDescription model = apps::description_of(path);
  const Graph graph = apps::graph_of(model, path);
  apps::say("{}\n{}", model.model.empty() ? model.layers : model.model, graph.summary());
  apps::say("input {} of a {}\n", model.input.str(),
            model.reader == "images"  ? "picture"
            : model.reader == "table" ? "row"
                                      : "sample");
  if (model.names_classes()) {
    std::string names;
    for (const std::string& name : model.classes) names += (names.empty() ? "" : ", ") + shown(name);
    apps::say("classes {}\n", names);
  } else {
    apps::say("predicts {}{}, learnt as (value - {:g}) / {:g}\n", shown(model.target), model.error_bars ? " with error bars" : "",
              model.target_mean, model.target_deviation);
  }
}

std::string text_of(const Json& json) {
  std::string text;
  const auto add = [&](const std::string& name, const Json& value) {
    text += (text.empty() ? "" : ", ") + (name.empty() ? "" : shown(name) + ' ') + text_of(value);
  };
  if (const auto* fields = json.as<Json::Fields>())
    for (const auto& [name, value] : *fields) add(name == "kind" ? "" : name, value);
  else if (const auto* list = json.as<Json::List>())
    for (const Json& value : *list) add("", value);
  else if (const auto* number = json.as<double>())
    text = fmt::format("{}", *number);
  else if (const auto* word = json.as<std::string>())
    text = shown(*word, 160);
  else if (const auto* yes = json.as<bool>())
    text = *yes ? "yes" : "no";
  else
    text = "none";
  return text;
}

// How the model came to be, as train says it; whatever stands there is shown.
void print_record(const std::string& note) {
  try {
    const Json json = parse_json(note, apps::training_key);
    const auto* fields = json.as<Json::Fields>();
    if (!fields) throw Error(fmt::format("{}: {}, where an object is needed", apps::training_key, json.kind()), "");
    apps::say("\nhow it was trained:\n");
    for (const auto& [name, value] : *fields) apps::say("  {:<16} {}\n", shown(name), text_of(value));
  } catch (const Error& error) {
    apps::complain("warning: " + error.problem());
  }
}

// What a checkpoint knows of its training: the single numbers, and the sizes of the rest.
void print_training(const SafetensorsFile& file) {
  std::size_t values = 0;
  std::string numbers;
  for (const SafetensorsFile::Tensor& tensor : file.tensors()) {
    if (!tensor.name.starts_with(training)) continue;
    const std::string name = tensor.name.substr(std::string(training).size());
    if (tensor.count() != 1 || tensor.dtype != Dtype::f64 || name.starts_with("settings/") || name.starts_with("best/"))
      values += tensor.count();
    else
      numbers += fmt::format("  {} {:g}\n", shown(name), weights_content::value_at(tensor, 0));
  }
  if (numbers.empty()) return;
  apps::say("\na training that can go on:\n");
  for (const auto& [key, text] : file.metadata())
    if (key.starts_with("training.")) apps::say("  {} {}\n", shown(key.substr(9)), shown(text));
  apps::say("{}  {} of moments, settings and best weights\n", numbers, apps::counted(values, "number"));
}

int run(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  try {
    check_checksum(file, weights_content::checksum_key);
  } catch (const Error& error) {
    apps::complain("warning: " + apps::at_command_line(error));
  }
  const bool described = file.metadata().contains(apps::model_key);
  if (described) print_model(path);
  for (const auto& [key, text] : file.metadata())
    if (!described && key != apps::training_key && !key.starts_with("training.")) apps::say("{} {}\n", shown(key), shown(text));
  if (const auto record = file.metadata().find(apps::training_key); record != file.metadata().end()) print_record(record->second);
  print_tensors(file);
  print_training(file);
  return 0;
}

int read_and_run(const std::vector<std::string>& words) {
  std::string file;
  CLI::App app("Says what is in a model's file, a checkpoint, or any other safetensors file.", "inspect");
  app.set_help_flag("--help,-h", "this text");
  app.add_option("FILE", file, "a .safetensors file");
  app.footer(
      "Examples:\n"
      "  inspect houses.safetensors\n"
      "  inspect run/best.safetensors");
  if (!apps::parse(app, words)) return 0;
  if (file.empty()) throw Error("which file?", "inspect FILE");
  return run(file);
}

}  // namespace

int main(int argc, char** argv) { return apps::run("inspect", argc, argv, read_and_run); }
