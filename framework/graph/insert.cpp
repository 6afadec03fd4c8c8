#include "cambium/framework/graph/insert.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cambium {
namespace {

// "conv2d, batch_norm and dense": every kind once, in the order of the graph.
std::string kinds_of(const Graph& graph) {
  std::vector<std::string> kinds;
  for (const Graph::Entry& entry : graph.entries())
    if (entry.layer)
      if (const std::string kind = entry.layer->describe().kind; std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        kinds.push_back(kind);
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) text += (i == 0 ? "" : i + 1 == kinds.size() ? " and " : ", ") + kinds[i];
  return text.empty() ? "no layers" : text;
}

// The names of a graph as they are taken, beginning with all that are there to stay.
class Names {
 public:
  explicit Names(const Graph& graph) {
    for (const Graph::Entry& entry : graph.entries()) taken_.insert(entry.name);
  }
  std::string next(const Item& item) {
    const bool own = !item.name.empty();
    const std::string base = own ? item.name : item.layer->describe().kind;
    std::string name = own ? base : base + "_1";
    for (int i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", base, i);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace

std::vector<int> entries_picked(const Graph& graph, LayerKind kind) {
  std::vector<int> found;
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    if (!graph.entries()[i].layer) continue;
    const Form form = graph.spec(static_cast<int>(i), 2, Mode::evaluate).form;
    const bool linear = std::holds_alternative<form::Dense>(form) || std::holds_alternative<form::Conv>(form);
    if (kind == linear_layers ? linear : std::holds_alternative<form::Pointwise>(form)) found.push_back(static_cast<int>(i));
  }
  return found;
}

Graph insert_before_each(const Graph& graph, const std::vector<int>& entries, const Chain& chain) {
  if (chain.items().empty()) throw Error("insert_before: there is nothing to insert", "with_affine(BatchNorm())");
  if (entries.empty())
    throw Error(fmt::format("insert_before: no layer was picked; the model has {}", kinds_of(graph)),
                "[](const Graph::Entry& e) { return e.layer->describe().kind == \"...\"; }, with one of these kinds");
  for (const int i : entries)
    if (i < 0 || i >= static_cast<int>(graph.entries().size()) || !graph.entries()[as_size(i)].layer)
      throw Error(fmt::format("insert_before: entry {} of {} is no layer of this model", i, graph.entries().size()),
                  "entries_picked(graph, linear_layers)");
  Names names(graph);
  Graph result;
  std::vector<Node> place;  // in the result, by entry
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    const Graph::Entry& entry = graph.entries()[i];
    if (!entry.layer) {
      place.push_back(result.input(entry.shape, entry.name));
      continue;
    }
    std::vector<Node> inputs;
    for (int input : entry.inputs) inputs.push_back(place[as_size(input)]);
    if (std::find(entries.begin(), entries.end(), static_cast<int>(i)) != entries.end())
      for (Node& x : inputs)
        for (const Item& item : chain.items()) x = result.then(x, Named(names.next(item), item));
    Item same(entry.layer);
    same.name = entry.name;
    same.settings = entry.settings;
    place.push_back(result.add(std::move(same), inputs));
  }
  if (graph.names_outputs())
    for (int output : graph.outputs()) result.output(place[as_size(output)]);
  return result;
}

}  // namespace cambium
