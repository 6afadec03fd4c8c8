// A model as one line of text: "conv 16 k5, batch_norm, affine, relu, pool 2, flatten, dense 10".
#pragma once

#include <cstddef>
#include <string>

#include "cambium/framework/graph/graph.h"

namespace cambium::models {

// Layers one after the other, with commas between them. A layer is
//   its kind      as describe() calls it, conv2d, or as others do: conv, pool, avg_pool, linear, sigmoid, bn, clamp, ...; in
//   letters
//                 of any size, with '_' or without: BatchNorm
//   its number    what the constructor takes first: dense 10, pool 2x3, dropout 0.3; by its name too: dense outputs=10
//   its options   by the names of its Options struct: kernel=5, kernel 5, k5; bias=false, no_bias; per=element; init=uniform(0.05);
//                 r_max=[5000: 1, 40000: 3]. pad=same keeps the size at a stride of 1, for an odd kernel. for_input: the preset
//   settings      of its parameters, after `with`: dense 10 with rate=0.1 l2=1e-4
//   its name      dense 10 as head, or head: dense 10; else it gets one, as in any graph
// 3x(conv 16 p1, relu) stands for these layers three times, and may stand inside another.
//
// Every layer of layers/ is known here, and every option of it, without a line in any table: kind, names and default values are
// asked of the layer itself, and the list of layers is made from their headers by cmake/layer_list.cmake. An option of a type that
// no text is read for (models/parts/line_values.h) keeps its default value in a line.
//
// Throws Error with the column, the layer's text, and the closest word: for a text that is no such line, and for whatever the
// layers and the graph refuse; for more than line_limit characters, 1000 in one word, or layer_limit layers.
Graph graph_from_line(const Shape& input, const std::string& line);

inline constexpr std::size_t line_limit = 100'000;
inline constexpr std::size_t layer_limit = 1000;

// The line that makes this graph again, from the same shape: the same layers with all their options, settings and names, and so the
// same weights from the same seed. It names what differs from the defaults: "conv2d 16 kernel=5, batch_norm, affine, relu, ...".
// line_of(graph_from_line(shape, line)) is a line that stays as it is from then on.
//
// Throws Error for a graph that is no line: with branches, several inputs, outputs before its last layer; with a layer that is not
// of this library; with a name that has no place in a line, or an input with a name of its own; for what is beyond the limits.
std::string line_of(const Graph& graph);

// What may stand in a line, one kind a row: "conv2d FILTERS kernel=3 stride=1 pad=0 bias=true init=he_normal bias_init=zeros".
std::string line_help();

}  // namespace cambium::models
