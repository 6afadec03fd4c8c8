#include "apps/stream/model.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/models/line.h"

namespace stream {

using namespace cambium;

Graph graph_of(const Options& options, int width, int outputs) {
  return models::graph_from_line(Shape{width}, fmt::format("{}, dense {}", options.layers, outputs));
}

namespace {

bool takes_rows(const Graph& graph, std::size_t entry) try {
  graph.spec(static_cast<int>(entry), 1, Mode::train);
  return true;
} catch (const Error&) {
  return false;
}

// What cannot be trained on one row, as batch norm, is frozen: it goes on by the statistics that it has. The graph is a line.
Graph with_statistics_held(const Graph& graph) {
  Graph held(graph.entries()[0].shape);
  Node end{0, 0};
  for (std::size_t i = 1; i < graph.entries().size(); ++i) {
    Item item(graph.entries()[i].layer);
    item.name = graph.entries()[i].name, item.settings = graph.entries()[i].settings;
    end = held.then(end, takes_rows(graph, i) ? std::move(item) : With({.freeze = true}, std::move(item)));
  }
  return held;
}

}  // namespace

std::string hidden_layers(const apps::ModelDescription& d, const std::string& path) {
  const Graph graph = apps::graph_of(d);
  models::line_of(graph);  // throws where it is none
  const std::string line = models::line_of(with_statistics_held(graph));
  const std::size_t last = line.rfind(", ");
  if (last == line.npos || line.substr(last + 2) != fmt::format("dense {}", d.outputs))
    throw Error(path + ": its layers do not end in a plain dense layer: " + line, "a model whose last layer is dense");
  return line.substr(0, last);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string json_quoted(const std::string& text) { return json_text(Json(text), "a name"); }
std::string figure(double value) { return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null"; }
std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.2f} %", 100 * share) : "-"; }
std::string known(const char* format, double value) { return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : ""; }

}  // namespace stream
