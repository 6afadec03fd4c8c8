#include "cambium/framework/graph/item.h"

#include <fmt/format.h>

#include <set>

#include "cambium/framework/base/error.h"

namespace cambium {

Item::Item(std::shared_ptr<const Layer> l) : layer(std::move(l)) {
  if (!layer) throw Error("item: the layer is a null pointer", "std::make_shared<Dense>(10), or just Dense(10)");
}

std::shared_ptr<const Layer> Item::shared(const Layer* made) try {
  return std::shared_ptr<const Layer>(made);
} catch (const std::bad_alloc&) {
  no_memory_for("a layer");
}

Item With(ItemSettings s, Item item) {
  if (!s.name.empty()) item.name = std::move(s.name);
  item.settings = LayerSettings{s.rate, s.freeze, s.moving_statistics, s.l1, s.l2, s.limit}.applied_to(item.settings);
  check_settings(item.name.empty() ? item.layer->describe().kind : item.name, item.settings);
  return item;
}

void check_settings(const std::string& layer, const ParamSettings& s) {
  const std::string who = "settings of " + layer;
  const auto require = [&](bool good, const char* what, double value, const char* needs) {
    if (!good)
      throw Error(fmt::format("{}: {} = {}, which must be {}", who, what, value, needs),
                  fmt::format(".{} = {}", what, what[0] == 'r' ? 1 : 0));
  };
  const auto finite = [](double v) { return v >= 0 && v <= 1e30; };
  require(finite(s.rate), "rate", s.rate, "a finite factor of at least 0");
  require(finite(s.l1), "l1", s.l1, "finite and at least 0");
  require(finite(s.l2), "l2", s.l2, "finite and at least 0");
  require(finite(s.limit), "limit", s.limit, "finite and at least 0 (0: no limit)");
}

void Chain::append(Item item) try { items_.push_back(std::move(item)); } catch (const std::bad_alloc&) {
  no_memory_for("the layers of a chain");
}

Chain With(ItemSettings settings, const Chain& chain) {
  const std::string name = std::move(settings.name);
  settings.name.clear();
  Chain result;
  for (const Item& item : chain.items()) result.append(With(settings, item));
  return name.empty() ? result : Named(name, result);
}

Chain Named(const std::string& name, const Chain& chain) {
  Chain result;
  std::set<std::string> taken;
  for (const Item& item : chain.items()) {
    const std::string base = name + "_" + (item.name.empty() ? item.layer->describe().kind : item.name);
    std::string own = base;
    for (int i = 2; !taken.insert(own).second; ++i) own = fmt::format("{}_{}", base, i);
    result.append(Named(own, item));
  }
  return result;
}

}  // namespace cambium
