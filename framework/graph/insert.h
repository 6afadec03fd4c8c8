// The same layers before many others of a model, in one line: insert_before(net, linear_layers, OnlineNorm()).
#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include "cambium/framework/graph/graph.h"

namespace cambium {

// Which layers. nonlinearities: those whose Form is Pointwise (Relu, Tanh, Logistic). linear_layers: Dense and Conv2d.
enum class LayerKind { nonlinearities, linear_layers };
using enum LayerKind;

// The entries that are of this kind, or for which `pick` is true; that is asked about layers only, never about inputs of the model.
std::vector<int> entries_picked(const Graph& graph, LayerKind kind);
template <std::predicate<const Graph::Entry&> Pick>
std::vector<int> entries_picked(const Graph& graph, Pick&& pick) {
  std::vector<int> found;
  for (std::size_t i = 0; i < graph.entries().size(); ++i)
    if (graph.entries()[i].layer && pick(graph.entries()[i])) found.push_back(static_cast<int>(i));
  return found;
}

// A copy of the graph with the chain in front of each of these entries, between it and what it reads; a layer of several inputs
// gets one in front of each. Errors: no entries, one that is no layer of the graph, an empty chain, and whatever Graph::add
// refuses.
Graph insert_before_each(const Graph& graph, const std::vector<int>& entries, const Chain& chain);

// A copy of the graph with `items` (layers, Items and Chains, in this order) in front of every layer that `where` picks:
//   insert_before(net, nonlinearities, with_affine(BatchNorm()))
//   insert_before(net, linear_layers, OnlineNorm())
//   insert_before(net, [](const Graph::Entry& e) { return e.layer->describe().kind == "swish"; }, with_affine(BatchNorm()))
// The last form also finds a nonlinearity of one's own that does not say that it is one (its Form is Opaque).
//
// Layers that were there keep their names and settings, and so their weights are called as before; inputs and outputs keep their
// order. Where a value has several readers, only those that were picked read it through the chain, each through one of its own. New
// layers get the first free names ("batch_norm_1"): where nothing of their kind was there, the names that the model would have if
// they were written in their places. A chain with names of its own ("norm") numbers them from its second place on ("norm_2").
template <class Where, class... Items>
Graph insert_before(const Graph& graph, Where&& where, Items&&... items) {
  return insert_before_each(graph, entries_picked(graph, std::forward<Where>(where)), Chain(std::forward<Items>(items)...));
}

}  // namespace cambium
