#include "apps/benchmark/workloads/norms.h"

#include "apps/common/named.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/group_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "cambium/layers/normalization/with_affine.h"

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

const Norm& norm(const std::string& name) { return apps::named("norm", name, norms()); }

}  // namespace benchmark
