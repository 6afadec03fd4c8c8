// A graph, and a layer of it, as the text that makes it again.
#pragma once

#include <string>

#include "cambium/framework/graph/graph.h"

namespace cambium::models::line {

// Throws Error unless every entry reads the one before it, the first being the only input and the last the only output.
void check_sequential(const Graph& graph);

// "conv2d 16 kernel=5 with rate=0.1 as head": what differs from the defaults; the name only where the graph gives another one.
// `automatic` is the one that it would give. Throws Error for a layer that no line makes.
std::string text_of_entry(const Graph::Entry& entry, const std::string& automatic);

// Throws Error unless the two have the same layers, options, settings and names.
void check_same(const Graph& graph, const Graph& again);

}  // namespace cambium::models::line
