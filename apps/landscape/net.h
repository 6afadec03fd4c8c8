// A network at a point of its loss: what it loses on a batch there, and its gradient.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/landscape/vectors.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/optimizer.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/softmax_cross_entropy.h"

namespace landscape {

struct Samples {
  cambium::Shape shape;
  std::vector<cambium::real> x;
  std::vector<int> labels;

  int count() const { return static_cast<int>(labels.size()); }
  cambium::ConstView view() const { return {x.data(), shape, count()}; }
};

// The first n of them.
Samples first_of(const cambium::Dataset& set, int n);

// What a training step saw before it moved.
struct Step {
  double loss = 0, accuracy = 0;  // on its batch
  bool finite = true;             // of loss and gradient; else nothing has moved
};

// In train mode, with the statistics of the batch, as the training sees its loss. One thread.
class Net {
 public:
  Net(const cambium::Graph& graph, int batch, std::uint64_t seed, std::vector<std::string> observe = {});
  // Another one at the same point, which goes its own way from there; for batches of another size, where that is not 0.
  Net twin(int batch = 0, std::vector<std::string> observe = {}) const;
  Net(Net&&) = default;

  // Softmax cross entropy. What is random in a pass follows from plan().pass_number(), which `loss` and `gradient` leave as it was:
  // all probes between two steps see the function that the next step goes down on.
  double loss(const cambium::ConstView& x, std::span<const int> labels);
  double loss(const Samples& samples) { return loss(samples.view(), samples.labels); }
  double gradient(const cambium::ConstView& x, std::span<const int> labels, Vector& to);
  double gradient(const Samples& samples, Vector& to) { return gradient(samples.view(), samples.labels, to); }
  Step step(const cambium::ConstView& x, std::span<const int> labels, cambium::Optimizer& optimizer);

  // All parameters, in the order of their names in the model; a layout with zeros in between, in which gradients come too.
  Vector point() const;
  void move_to(const Vector& point);
  // The part of such a vector that belongs to a tensor, "dense_1.weight".
  Vector part(const Vector& of, const std::string& tensor) const;
  // `here`, but with the values of `below` in all tensors that stand before this one.
  Vector mixed(const Vector& below, const Vector& here, const std::string& tensor) const;
  struct Node {
    double mean = 0, deviation = 0;
  };
  std::vector<Node> nodes_before(const std::string& layer) const;  // of the input of an observed layer, as the last pass left it

  const cambium::Graph& graph() const { return graph_; }
  cambium::Weights& weights() { return weights_; }
  const cambium::Weights& weights() const { return weights_; }
  cambium::Plan& plan() { return plan_; }

 private:
  Net(const cambium::Graph& graph, cambium::Weights weights, int batch, std::vector<std::string> observe);
  double pass(const cambium::ConstView& x, std::span<const int> labels, bool back);
  const cambium::Range& range_of(const std::string& tensor) const;

  cambium::Graph graph_;
  int batch_;
  cambium::Weights weights_;
  cambium::Plan plan_;
  cambium::SoftmaxCrossEntropy loss_;
};

// Of element c of every sample: mean and deviation over the batch.
std::vector<Net::Node> nodes_of(const cambium::ConstView& values);

// The share of samples whose largest output is that of their label.
double accuracy_of(const cambium::ConstView& y, std::span<const int> labels);

}  // namespace landscape
