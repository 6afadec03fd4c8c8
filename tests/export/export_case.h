// A model with inputs and what our own predictions say of them: what an exported file is compared with.
#pragma once

#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/export/lower.h"

namespace cambium {

struct ExportCase {
  std::string name;  // a word
  Graph graph;
  Weights weights;
  int samples;
  std::vector<std::vector<real>> x, y;  // of each input and output, sample by sample

  // Shaken weights, statistics that have followed some batches, inputs of this mean and deviation.
  ExportCase(std::string of, Graph model, int samples, double mean = 0.5, double deviation = 2);

  LowerOptions options{};
  void end_in_softmax();  // of the first output

  inference::Program program() const { return lower(graph, weights, options); }
};

// Every kind of layer, with the options that change what is exported, on flat samples and on images.
std::vector<ExportCase> one_of_each(int samples);

// So many models drawn at random (tests/support/random_graph.h), of all kinds of layers.
std::vector<ExportCase> random_cases(int count, int samples);

// The files of others are allowed this, as a part of 1 + the largest |y| of the model.
inline constexpr double allowed_error = 1e-5;
double error_of_outputs(const ExportCase& of, const std::vector<std::vector<float>>& y);

}  // namespace cambium
