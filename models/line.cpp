#include "cambium/models/line.h"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "cambium/framework/base/text.h"
#include "cambium/models/parts/line_item.h"
#include "cambium/models/parts/line_kind.h"
#include "cambium/models/parts/line_print.h"
#include "cambium/models/parts/line_text.h"

namespace cambium::models {
namespace {

// As Graph does it: the first that is free. It would look at all names again for each number.
class Names {
 public:
  std::string next(const std::string& kind) {
    for (int& i = last_[kind];; ++i)
      if (const std::string name = fmt::format("{}_{}", kind, i + 1); !taken_.contains(name)) return name;
  }
  void take(const std::string& name) { taken_.insert(name); }

 private:
  std::map<std::string, int> last_;
  std::set<std::string> taken_;
};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

// The layer is made once for each place in the text, and shared where that is repeated: layers never change.
Graph graph_from_line(const Shape& input, const std::string& line) {
  const line::LineText text = line::split(line);
  std::vector<Item> items;
  for (const line::LayerText& layer : text.layers) items.push_back(line::item_of(layer));
  Graph graph(input);
  Node end{0, 0};
  Names names;
  names.take("input");
  for (const std::size_t i : text.order) {
    const line::LayerText& layer = text.layers[i];
    try {
      Item item = items[i];
      if (item.name.empty()) item.name = names.next(item.layer->describe().kind);
      names.take(item.name);
      end = graph.then(end, std::move(item));
    } catch (const Error& error) {
      throw line::at_column(layer.column, in_quotes(layer.text) + ": " + error.problem(), line::in_line_words(error.remedy()));
    }
  }
  return graph;
}

std::string line_of(const Graph& graph) {
  line::check_sequential(graph);
  std::string text;
  Names names;
  for (const Graph::Entry& entry : graph.entries()) {
    if (entry.layer) {
      const std::string automatic = names.next(entry.layer->describe().kind);
      text += (text.empty() ? "" : ", ") + line::text_of_entry(entry, automatic);
    }
    names.take(entry.name);
    if (text.size() > line_limit)
      throw Error(fmt::format("this model cannot be written as one line: it comes to more than {} characters", line_limit),
                  "describing it in C++, as models/ does");
  }
  line::check_same(graph, graph_from_line(graph.entries().front().shape, text));
  return text;
}

std::string line_help() {
  std::string text;
  for (const line::Kind& kind : line::kinds()) {
    if (kind.joins) continue;
    text += kind.name;
    for (const line::Option& option : kind.options.all) {
      const bool number = kind.takes_number && &option == &kind.options.all.front();
      std::string value = option.standard;
      if (kind.needs_number && value.empty()) value = upper(kind.options.all.front().name);
      text += number && kind.needs_number ? " " + value : " " + option.name + "=" + value;
    }
    text += kind.preset.empty() ? "\n" : " for_input\n";
  }
  return text;
}

}  // namespace cambium::models
