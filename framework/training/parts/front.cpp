#include "cambium/framework/training/parts/front.h"

#include <algorithm>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {

namespace {

// The entry that reads this one; -1 where there are several, or it is an output.
int only_reader(const Graph& graph, int of) {
  const std::vector<int> outputs = graph.outputs();
  int reader = -1;
  if (std::ranges::count(outputs, of) > 0) return -1;
  for (std::size_t i = 0; i < graph.entries().size(); ++i) {
    const auto times = std::ranges::count(graph.entries()[i].inputs, of);
    if (times > 1 || (times == 1 && reader >= 0)) return -1;
    if (times == 1) reader = static_cast<int>(i);
  }
  return reader;
}

}  // namespace

std::optional<Front> front_of(const Graph& graph) {
  std::optional<Front> front;
  int at = graph.inputs()[0], last = -1;
  for (int next = only_reader(graph, at); next >= 0; next = only_reader(graph, at)) {
    const Graph::Entry& entry = graph.entries()[as_size(next)];
    if (last == at) front = {graph.entries()[as_size(at)].name, entry.name, graph.entries()[as_size(at)].shape};
    const LayerSpec spec = graph.spec(next, 1, mode_of(entry, Mode::adapt));
    if (!spec.params.empty() || entry.inputs.size() != 1) break;
    at = next;
    if (!spec.state.empty()) last = at;
  }
  return front;
}

}  // namespace cambium
