// The losses of a model, one for each output.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "cambium/framework/training/loss.h"

namespace cambium {

// One loss per output of the model: `Losses(SoftmaxCrossEntropy(), SquaredError())`, or just the one.
class Losses {
 public:
  template <class... L>
  requires(sizeof...(L) > 0 && (std::derived_from<std::remove_cvref_t<L>, Loss> && ...)) Losses(L&&... losses)
      : all_{std::make_shared<const std::remove_cvref_t<L>>(std::forward<L>(losses))...} {}
  Losses(std::vector<std::shared_ptr<const Loss>> losses);  // throws Error where one is null

  std::size_t size() const { return all_.size(); }
  const Loss& operator[](std::size_t i) const { return *all_[i]; }

 private:
  std::vector<std::shared_ptr<const Loss>> all_;
};

}  // namespace cambium
