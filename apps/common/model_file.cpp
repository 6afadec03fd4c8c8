#include "apps/common/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/training/checkpoints.h"
#include "cambium/models/line.h"
#include "cambium/models/table.h"

namespace apps {
namespace {

using namespace cambium;

constexpr const char* key = model_key;

Json list_of(const std::vector<std::string>& texts) {
  Json::List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

Json sizes_of(const Shape& shape) {
  Json::List sizes;
  for (int axis = 0; axis < shape.rank(); ++axis) sizes.emplace_back(static_cast<double>(shape[axis]));
  return sizes;
}

// Reads fields of a note, each of one kind.
class Reader {
 public:
  Reader(std::string path, const std::string& text) : path_(std::move(path)), json_(parse_json(text, path_ + ": " + key)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(fmt::format("{}: its description of the model has {}", path_, problem), "the file as train wrote it");
  }
  template <class T>
  const T& get(const std::string& name, const char* kind) const {
    const Json* field = json_.field(name);
    const T* value = field ? field->as<T>() : nullptr;
    if (!value) fail(fmt::format("{} for '{}', which must be {}", field ? field->kind() : "nothing", name, kind));
    return *value;
  }
  const std::string& text(const std::string& name) const { return get<std::string>(name, "a text"); }
  double number(const std::string& name) const { return get<double>(name, "a number"); }
  int whole(const Json& json, const std::string& name, int most) const {
    const double* value = json.as<double>();
    if (!value || !(*value >= 0 && *value <= most) || *value != std::floor(*value))
      fail(fmt::format("a '{}' that is no whole number up to {}", name, most));
    return static_cast<int>(*value);
  }
  int whole(const std::string& name, int most) const { return whole(Json(number(name)), name, most); }
  std::vector<std::string> texts(const std::string& name) const {
    std::vector<std::string> texts;
    for (const Json& one : get<Json::List>(name, "a list")) {
      if (!one.as<std::string>()) fail(fmt::format("{} in '{}', where texts are needed", one.kind(), name));
      texts.push_back(*one.as<std::string>());
    }
    return texts;
  }
  Shape shape(const std::string& name) const {
    std::vector<int> sizes;
    double product = 1;
    for (const Json& one : get<Json::List>(name, "a list")) {
      sizes.push_back(whole(one, name, 1 << 24));
      product *= sizes.back();
    }
    if (sizes.empty() || sizes.size() > 4 || !(product >= 1 && product <= 1 << 30))
      fail(fmt::format("'{}' of sizes that no sample has", name));
    return Shape(sizes.data(), static_cast<int>(sizes.size()));
  }

 private:
  std::string path_;
  Json json_;
};

void check(const ModelDescription& d, const Reader& reader) {
  constexpr int most_classes = 1 << 20;
  if (d.model.empty() == d.layers.empty()) reader.fail("not one of 'model' and 'layers'");
  if (d.outputs < 1 || d.classes.size() > most_classes) reader.fail("no outputs");
  if (d.names_classes() && d.classes.size() != static_cast<std::size_t>(d.outputs))
    reader.fail(fmt::format("{} classes for {} outputs", d.classes.size(), d.outputs));
  if (d.error_bars && (d.names_classes() || d.outputs % 2 != 0)) reader.fail("error bars where there can be none");
  if (!(std::isfinite(d.error_bar_factor) && d.error_bar_factor > 0)) reader.fail("a factor on its error bars that is none");
  if (!(std::isfinite(d.target_mean) && std::isfinite(d.target_deviation) && d.target_deviation > 0))
    reader.fail("a scale of its values that is no scale");
  if (d.reader != "table" && d.reader != "images" && d.reader != "array")
    reader.fail(fmt::format("{} as the reader of its input", in_quotes(d.reader)));
}

void check_size(const Graph& graph, const std::string& path) {
  constexpr double least_bytes = 2;  // of a number, in half precision
  double numbers = 0;
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    if (!graph.entries()[i].layer) continue;
    const LayerSpec spec = graph.spec(static_cast<int>(i), 1, Mode::evaluate, Isa::portable, false);
    for (const Param& param : spec.params) numbers += static_cast<double>(param.values());
    for (const State& state : spec.state) numbers += static_cast<double>(product_of(state.sizes).value_or(0));
  }
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(path, unknown);
  if (!unknown && numbers * least_bytes > static_cast<double>(bytes))
    throw Error(fmt::format("{}: it describes a model of {} numbers, and has {} bytes", path, numbers, bytes),
                "the file as train wrote it");
}

}  // namespace

std::vector<WeightsNote> notes_of(const ModelDescription& d) {
  const Json json = Json::Fields{{"model", d.model},
                                 {"layers", d.layers},
                                 {"input", sizes_of(d.input)},
                                 {"outputs", static_cast<double>(d.outputs)},
                                 {"classes", list_of(d.classes)},
                                 {"error_bars", d.error_bars},
                                 {"error_bar_factor", d.error_bar_factor},
                                 {"target_mean", d.target_mean},
                                 {"target_deviation", d.target_deviation},
                                 {"target", d.target},
                                 {"reader", d.reader},
                                 {"reading", d.reading}};
  return {{key, json_text(json, "the description of the model")}};
}

namespace {

// The folder of a training is no model, and has one.
void refuse_folder(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return;
  const std::string within = path.ends_with('/') ? path : path + "/";
  std::vector<std::string> names = cambium::checkpoints_in(path);
  names.insert(names.begin(), {"model.safetensors", "best.safetensors"});
  const auto there = std::ranges::find_if(names, [&](const auto& name) { return std::filesystem::exists(within + name, unknown); });
  const std::string remedy = there == names.end() ? "the file that train --save wrote" : within + *there;
  throw Error(path + ": is a folder, and a model is a file", remedy);
}

}  // namespace

ModelDescription description_of(const std::string& path) {
  refuse_folder(path);
  std::string stream;  // its options, where stream saved the file (apps/stream/run.cpp)
  for (const WeightsNote& note : read_notes(path)) {
    if (note.key == "stream.options") stream = note.text;
    if (note.key != key) continue;
    const Reader reader(path, note.text);
    ModelDescription d;
    d.file = path;
    d.model = reader.text("model"), d.layers = reader.text("layers"), d.input = reader.shape("input");
    d.outputs = reader.whole("outputs", 1 << 24), d.classes = reader.texts("classes");
    d.error_bars = reader.get<bool>("error_bars", "true or false");
    d.error_bar_factor = reader.number("error_bar_factor");
    d.target_mean = reader.number("target_mean"), d.target_deviation = reader.number("target_deviation");
    d.target = reader.text("target"), d.reader = reader.text("reader"), d.reading = reader.text("reading");
    check(d, reader);
    return d;
  }
  if (!stream.empty())
    throw Error(path + ": stream has saved it, and it is no model that answers for itself: " +
                    (stream.starts_with("--task anomaly") ? "scores of anomalies follow from the rows before"
                                                          : "of its label too little had come"),
                "stream --save " + path + " --resume, with the options that it had");
  throw Error(path + ": these are weights alone, without a description of their model", "a file that train --save wrote");
}

const char* inputs_of(const ModelDescription& d) {
  return d.reader == "table" ? "rows of a table" : d.reader == "images" ? "pictures" : "arrays of numbers";
}

Graph graph_of(const ModelDescription& d) {
  try {
    Graph graph = d.model.empty() ? models::graph_from_line(d.input, d.layers) : models::recipe(d.model).model(d.input, d.outputs);
    const std::vector<int> ends = graph.outputs();
    if (ends.size() != 1 || graph.entries()[static_cast<std::size_t>(ends[0])].shape.size() != d.outputs)
      throw Error(fmt::format("it does not have {} outputs", d.outputs), "the file as train wrote it");
    return graph;
  } catch (const Error& error) {
    if (d.file.empty()) throw;
    throw Error(fmt::format("{}: its model: {}", d.file, error.problem()), error.remedy());
  }
}

Graph graph_of(const ModelDescription& d, const std::string& path) {
  Graph graph = graph_of(d);
  check_size(graph, path);
  return graph;
}

}  // namespace apps
