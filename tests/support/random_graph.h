// Models drawn at random, for tests of whatever runs a graph.
#pragma once

#include <cstdint>
#include <vector>

#include "cambium/framework/graph/graph.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"
#include "cambium/framework/training/squared_error.h"
#include "tests/support/training.h"

namespace cambium {

struct RandomGraphOptions {
  int least_layers = 3, most_layers = 15;
  bool online_norm = true;  // and others whose backward pass is no derivative
  bool settings = false;    // learning-rate factors, penalties, limits and frozen layers here and there
  bool large = false;       // enough work in a batch of 64 for the plan to cut it into pieces
  bool every_kind = false;  // also layers and options that are rare, and dull to the plan
};

// A valid acyclic graph over all kinds of layers, the same for the same seed: chains and branches, nodes with several readers,
// joins (also of a node with itself), one to three inputs, one to four outputs, inner nodes and reshaped inputs among them; shapes
// of one to four sizes, small, odd and not square. Every node leads to an output.
Graph random_graph(std::uint64_t seed, const RandomGraphOptions& options = {});

// Adds normal noise to every parameter, so that no bias is 0 and no scale 1.
void shake(Weights& weights, std::uint64_t seed, double by = 0.3);

// A loss for every output: softmax cross entropy where the output is flat and has several values, else the squared error.
class LossOfEach {
 public:
  LossOfEach(const Graph& graph, int batch, std::uint64_t seed);

  // The sum of the losses. Writes the output gradients.
  double evaluate(Plan& plan) const;
  // Only the sum.
  double value(const Plan& plan) const;

 private:
  double one(int output, const ConstView& y, View dy) const;

  SoftmaxCrossEntropy cross_entropy_;
  SquaredError squared_error_;
  std::vector<std::vector<int>> labels_;  // by output; empty where there are values
  std::vector<std::vector<real>> values_;
};

// What one step leaves behind, for comparing ways of running it.
struct StepValues {
  std::vector<std::vector<real>> outputs, input_gradients;
  std::vector<real> weight_gradients;
  std::vector<double> state;  // after the step
  double loss = 0;

  bool operator==(const StepValues&) const = default;
};
// The largest difference over all tensors, each relative to its largest value.
double apart(const StepValues& a, const StepValues& b);

// A random graph with all that a step needs: shaken weights, inputs, a loss for every output.
struct RandomCase {
  Graph graph;
  Weights weights;
  MadeBatch data;
  LossOfEach loss;

  RandomCase(std::uint64_t seed, int batch, const RandomGraphOptions& options = {});
  explicit RandomCase(Graph model, std::uint64_t seed, int batch);

  // Forward, loss and backward as pass number 0, into new gradients. The state is put back.
  StepValues step(Plan& plan);
  StepValues step(PlanOptions options);  // on a plan of its own, in train mode with input gradients
};

}  // namespace cambium
