// What the values before and after each normalizer of a model are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/train/page/past.h"
#include "apps/train/page/samples.h"
#include "cambium/framework/data/dataset.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan.h"

namespace train {

// Looks at a few samples in evaluation mode, as a prediction sees them, with the weights of the moment; nothing of the training
// moves. Of a model with many normalizers at the first of them.
class Activations {
 public:
  static constexpr std::size_t most_norms = 12;
  static constexpr int most_samples = 64;

  Activations(const cambium::Graph& graph, cambium::Weights& weights, const cambium::Dataset& samples);

  const std::vector<std::string>& norms() const { return norms_; }
  int all_norms() const { return all_norms_; }  // of the model
  PastLook look(double epoch);
  // The values of the last look, some thousand of each.
  const std::vector<std::vector<double>>& before() const { return before_; }
  const std::vector<std::vector<double>>& after() const { return after_; }

 private:
  std::vector<std::string> norms_;
  int all_norms_ = 0;
  Inputs inputs_;
  std::vector<std::vector<double>> before_, after_;
  std::unique_ptr<cambium::Plan> plan_;  // none where there is no normalizer
};

// Sorts `values`, of which there is at least one.
Spread spread_of(std::vector<double>& values);

}  // namespace train
