#include "apps/stream/model.h"

#include <fmt/format.h>

#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/models/line.h"

namespace stream {

using namespace cambium;

Graph graph_of(const Options& options, int width, int outputs) {
  return models::graph_from_line(Shape{width}, fmt::format("{}, dense {}", options.layers, outputs));
}

std::string hidden_layers(const apps::ModelDescription& d, const std::string& path) {
  const std::string line = models::line_of(apps::graph_of(d));
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

}  // namespace stream
