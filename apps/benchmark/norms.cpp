#include "apps/benchmark/norms.h"

#include "cambium/layers/batch_norm.h"
#include "cambium/layers/batch_renorm.h"
#include "cambium/layers/group_norm.h"
#include "cambium/layers/layer_norm.h"
#include "cambium/layers/online_norm.h"
#include "cambium/layers/streaming_norm.h"
#include "cambium/layers/with_affine.h"
#include "cambium/models/recipe.h"

namespace benchmark {

using namespace cambium;

const std::vector<Norm>& norms() {
  static const std::vector<Norm> all = {
      {"none", true, [](Graph&, Node x) { return x; }},
      {"batch_norm", false, [](Graph& g, Node x) { return g.then(x, with_affine(BatchNorm())); }},
      {"online_norm", false, [](Graph& g, Node x) { return g.then(x, with_affine(OnlineNorm())); }},
      {"batch_renorm", false, [](Graph& g, Node x) { return g.then(x, with_affine(BatchRenorm())); }},
      {"streaming_norm", false, [](Graph& g, Node x) { return g.then(x, with_affine(StreamingNorm())); }},
      {"layer_norm", true, [](Graph& g, Node x) { return g.then(x, with_affine(LayerNorm())); }},
      {"group_norm", true, [](Graph& g, Node x) { return g.then(x, with_affine(GroupNorm(4))); }},
  };
  return all;
}

const Norm& norm(const std::string& name) {
  std::vector<std::string> names;
  for (const Norm& one : norms()) names.push_back(one.name);
  models::check_name("norm", name, names);
  for (const Norm& one : norms())
    if (one.name == name) return one;
  return norms()[0];
}

}  // namespace benchmark
