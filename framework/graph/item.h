// What goes into a graph: layers with what the user says about them, and chains of these.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/layer.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/graph/param_settings.h"

namespace cambium {

// A layer on its way into a graph, with what the user says about it there: a name (else one is made: "conv2d_2"), and settings of
// its parameters. `With({.name = "code", .rate = 0.1, .l2 = 1e-4}, Dense(10))`.
struct Item {
  std::shared_ptr<const Layer> layer;
  std::string name;
  ParamSettings settings;

  Item(std::shared_ptr<const Layer> l);  // throws for a null pointer
  template <std::derived_from<Layer> L>
  Item(std::shared_ptr<L> l) : Item(std::shared_ptr<const Layer>(std::move(l))) {}
  template <class L>
  requires std::derived_from<std::remove_cvref_t<L>, Layer> Item(L&& l)
      : layer(shared(made_for("a layer", new (std::nothrow) std::remove_cvref_t<L>(std::forward<L>(l))))) {}

 private:
  static std::shared_ptr<const Layer> shared(const Layer* made);
};

// What is not named stays as it was: `With({.rate = 0.1}, With({.freeze = true}, Dense(10)))` is frozen.
struct ItemSettings {
  std::string name{};
  std::optional<double> rate{};
  std::optional<bool> freeze{}, moving_statistics{};
  std::optional<double> l1{}, l2{}, limit{};
};
Item With(ItemSettings settings, Item item);
// Throws unless rate, penalties and limit are finite and at least 0.
void check_settings(const std::string& layer, const ParamSettings& settings);
inline Item Named(std::string name, Item item) {
  item.name = std::move(name);
  return item;
}

// Layers that belong together, one after the other, on their way into a graph: taken wherever one layer is. Holds layers, Items and
// other Chains. `Sequential(Shape{1, 28, 28}, Conv2d(8), Chain(BatchNorm(), Affine()), Relu())` is the model without `Chain`, down
// to the names of its weights.
class Chain {
 public:
  template <class... Items>
  explicit Chain(Items&&... items) {
    (append(std::forward<Items>(items)), ...);
  }

  void append(Item item);
  void append(const Chain& chain) {
    for (std::size_t i = 0, n = chain.items_.size(); i < n; ++i) append(chain.items_[i]);
  }
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
};

// These settings for each of its layers, beside those that it has; a name as below.
Chain With(ItemSettings settings, const Chain& chain);
// Named("first", Chain(BatchNorm(), Affine())) names them "first_batch_norm" and "first_affine": each by its own name or its kind,
// and a second one of a kind "first_affine_2".
Chain Named(const std::string& name, const Chain& chain);

}  // namespace cambium
