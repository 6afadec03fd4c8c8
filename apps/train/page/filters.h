// The weights of a model's first layer that has any, as something to look at.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"

namespace train {

// Of a convolution, or of a dense layer that reads a whole picture: a small picture for each output, of one channel or three, where
// middle grey is 0 and the largest weight of all of them is white or black. Of another dense layer: the weights themselves.
struct FirstLayer {
  std::string name{};
  int outputs = 0;  // of the layer; there may be fewer here
  std::vector<cambium::Picture> pictures{};
  int inputs = 0;                 // of a dense layer that reads no picture
  std::vector<double> weights{};  // (outputs, inputs)
};

// Of samples of this shape: no more outputs than are to be shown, with pictures of 100,000 values together, and never fewer than 8.
int most_filters(const cambium::Shape& input);

// Of at most so many outputs. Without a layer of either kind the name is empty.
FirstLayer first_layer(const cambium::Graph& graph, const cambium::Weights& weights, int most);

// All of them beside and below each other, a grey line between; there is at least one, and they are of one size.
cambium::Picture sheet_of(const std::vector<cambium::Picture>& pictures);

}  // namespace train
