// The report of a model: what its layers are, make and cost.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {
namespace {

using Row = std::vector<std::string>;

// "0", "940", "12.5 k", "1.05 M": three digits are enough to compare.
std::string scaled(double value) {
  const char* unit = "";
  for (const char* next : {" k", " M", " G", " T"}) {
    if (value < 999.5) break;
    value /= 1000, unit = next;
  }
  const int digits = unit[0] == '\0' || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", value, digits, unit);
}

// "1,234,567".
std::string grouped(std::size_t value) {
  std::string text = std::to_string(value);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

// What the user set, where it is not the default.
std::string settings_str(const ParamSettings& s) {
  std::string text;
  const auto say = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (s.freeze) say(s.moving_statistics ? "frozen but for its statistics" : "frozen");
  if (s.rate != 1) say("rate x" + text_of(s.rate));
  if (s.l1 > 0) say("l1 " + text_of(s.l1));
  if (s.l2 > 0) say("l2 " + text_of(s.l2));
  if (s.limit > 0) say("limit " + text_of(s.limit));
  return text;
}

// Where the inputs come from, unless that is just the line above.
std::string origin_of(const Graph& graph, std::size_t index) {
  const auto& inputs = graph.entries()[index].inputs;
  if (inputs.size() == 1 && inputs[0] + 1 == static_cast<int>(index)) return "";
  std::string text;
  for (int i : inputs) text += (text.empty() ? "from " : ", ") + graph.entries()[as_size(i)].name;
  return text;
}

// All columns but the last are as wide as their widest text; numbers stand at the right.
std::string aligned_rows(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool number = c == 0 || (c >= 3 && c <= 5);
      line += number ? fmt::format("{:>{}}  ", row[c], widths[c]) : fmt::format("{:<{}}  ", row[c], widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace

std::string Graph::summary() const try {
  std::vector<Row> rows{{"", "layer", "output", "parameters", "FLOPs", "bytes", "options"}};
  std::size_t parameters = 0, bytes = 0, layers = 0;
  double flops = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!entry.layer) {
      rows.push_back({"", entry.name, entry.shape.str(), "", "", "", ""});
      continue;
    }
    const LayerSpec spec = this->spec(static_cast<int>(i), 2, Mode::evaluate);
    std::size_t own = 0, size = as_size(entry.shape.size()) * sizeof(real);
    for (const Param& param : spec.params) own += param.values();
    std::string options;
    for (const std::string& part : {entry.layer->describe().fields_str(), settings_str(entry.settings), origin_of(*this, i)})
      if (!part.empty()) options += (options.empty() ? "" : "; ") + part;
    rows.push_back({std::to_string(entry.number), entry.name, entry.shape.str(), grouped(own), scaled(spec.flops),
                    scaled(static_cast<double>(size)), options});
    parameters += own, bytes += size, flops += spec.flops, ++layers;
  }
  return aligned_rows(rows) + fmt::format("{} layers, {} parameters; {}FLOP forward and {}B of outputs for each sample\n", layers,
                                          grouped(parameters), scaled(flops) + (flops < 999.5 ? " " : ""),
                                          scaled(static_cast<double>(bytes)) + (bytes < 1000 ? " " : ""));
} catch (const std::bad_alloc&) {
  no_memory_for("the summary of a model");
}

}  // namespace cambium
