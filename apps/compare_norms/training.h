// One training, and how well it ends: the loop that all experiments share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/compare_norms/data.h"
#include "cambium/framework/graph/graph.h"
#include "cambium/framework/graph/weights.h"
#include "cambium/framework/planning/plan.h"
#include "cambium/framework/training/loss.h"
#include "cambium/optimizers/sgd.h"

namespace compare_norms {

using Rows = std::vector<std::int64_t>;

// How pixels between 0 and 1 are written down: factor x + shift.
struct Range {
  double factor = 1, shift = 0;
};

// The numbers of the samples of an epoch, counted from 0, in the order in which they come; cut into batches from the first, and
// what is left at the end left out.
using Order = std::function<Rows(int epoch)>;

// The first `count` samples of `part` (0: all) in an order of its own for each seed and epoch.
Order shuffled(const Part& part, std::uint64_t seed, std::int64_t count = 0);

struct Task {
  cambium::Graph graph;
  const Part& train;
  Order order;
  int batch = 32;
  cambium::SgdOptions sgd{.rate = 0.04};
  std::uint64_t seed = 1;    // of the first weights
  Range range{};             // of the pixels
  bool reconstruct = false;  // the input is its own target, by the squared error; else labels, by the cross entropy of a softmax
  // Called after each step with its loss and how many of its labels were right; false ends the training.
  std::function<bool(double loss, int right)> on_step{};
};

// Trains one network on one thread. It ends early where the loss, a gradient or a weight is not finite (`diverged`), and where the
// program was told to stop (then `epoch` throws Interrupted).
class Training {
 public:
  struct Interrupted {};

  explicit Training(Task task);  // throws Error for a batch that a layer cannot be trained with

  // One more; false: it has diverged, or on_step has ended it. Throws Error where there are too few samples for one batch.
  bool epoch();
  void epochs(int count) {  // so many, unless it ends before
    for (int i = 0; i < count && epoch(); ++i) {
    }
  }
  double loss() const { return loss_; }  // mean over the last epoch's samples as they came; NaN when it diverged
  bool diverged() const { return diverged_; }

  // Percent of right answers in evaluation mode, of pixels in that range. What diverged counts as chance, 10 %.
  double accuracy(const Part& part, const Range& range) { return percent_right(part, range, nullptr); }
  double accuracy(const Part& part) { return accuracy(part, task_.range); }
  // The same for each class.
  std::vector<double> recalls(const Part& part);
  // Lets the statistics follow the samples `rows`, in their order, without a label; weights stay.
  void adapt(const Part& part, const Rows& rows, const Range& range);
  // see(number of the first row, input, plan) for each batch of these samples in evaluation mode, with layers to look into.
  using See = std::function<void(std::int64_t first, const cambium::ConstView& x, cambium::Plan& plan)>;
  void look(const Part& part, const Rows& rows, const Range& range, const std::vector<std::string>& observe, const See& see);

  const cambium::Graph& graph() const { return task_.graph; }
  cambium::Weights& weights() { return weights_; }

 private:
  bool step(std::span<const std::int64_t> rows, double& sum);
  int right_of(const cambium::ConstView& y) const;
  double percent_right(const Part& part, const Range& range, std::vector<double>* of_class);

  Task task_;
  cambium::Weights weights_;
  cambium::Plan plan_;
  cambium::Sgd sgd_;
  std::unique_ptr<cambium::Loss> loss_function_;
  std::vector<cambium::real> pixels_;
  std::vector<int> labels_;
  int begun_ = 0;  // epochs
  double loss_ = 0;
  bool diverged_ = false;
};

// All samples of a part, in their order.
Rows all_rows(const Part& part);

}  // namespace compare_norms
