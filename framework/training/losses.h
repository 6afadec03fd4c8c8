// The losses of a model, one for each output.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/training/loss.h"

namespace cambium {

// One loss per output of the model: `Losses(SoftmaxCrossEntropy(), SquaredError())`, or just the one. The loss that is learnt is
// their sum, each times the weight of its output: `Losses(...).weigh({1, 0.3})`, as Keras's loss_weights; 1 unless it was said.
// Reports (Metrics::losses, History) name each output's loss times its weight, so that they add up. An output that has no target
// takes NoLoss.
class Losses {
 public:
  template <class... L>
  requires(sizeof...(L) > 0 && (std::derived_from<std::remove_cvref_t<L>, Loss> && ...)) Losses(L&&... losses)
      : all_(list({shared(made_for("a loss", new (std::nothrow) std::remove_cvref_t<L>(std::forward<L>(losses))))...})) {}
  Losses(std::vector<std::shared_ptr<const Loss>> losses);  // throws Error where one is null

  // Errors: another number of weights than losses, one below 0 or not finite, all of them 0.
  Losses weigh(std::vector<double> weights) const;

  std::size_t size() const { return all_.size(); }
  const Loss& operator[](std::size_t i) const { return *all_[i]; }
  double weight(std::size_t i) const { return weights_.empty() ? 1 : weights_[i]; }

 private:
  static std::shared_ptr<const Loss> shared(const Loss* made);
  static std::vector<std::shared_ptr<const Loss>> list(std::initializer_list<std::shared_ptr<const Loss>> losses);

  std::vector<std::shared_ptr<const Loss>> all_;
  std::vector<double> weights_;  // none: 1 each
};

}  // namespace cambium
