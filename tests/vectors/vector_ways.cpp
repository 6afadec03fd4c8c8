// Which layers of ours belong to a kind of reference vectors, with which options, and what of their state has an array there.
#include "cambium/layers/activation/activation_clamp.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/group_norm.h"
#include "cambium/layers/normalization/instance_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "cambium/layers/normalization/layer_scaling.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "tests/vectors/vector_run.h"

namespace cambium {
namespace {

std::vector<Way> fused_and_not(Way way) {
  std::vector<Way> both{way, way};
  both[1].fuse = false;
  return both;
}

std::vector<Way> ways_of_batch_norm(const VectorCase& vectors) {
  const double epsilon = vectors.number("eps"), momentum = vectors.number("momentum");
  const BatchNorm unbiased({.epsilon = epsilon, .momentum = momentum});
  const BatchNorm biased({.epsilon = epsilon, .momentum = momentum, .unbiased = false});
  const BatchNorm of_the_batch({.epsilon = epsilon, .momentum = 1, .unbiased = false});
  std::vector<Way> ways;
  const bool has_biased = vectors.has("running_var_biased") && vectors.has("eval.y_biased");
  for (const bool fuse : {true, false}) {
    ways.push_back({.norm = unbiased, .states = {{"running_mean", "running_mean"}, {"running_var", "running_var"}}, .fuse = fuse});
    if (has_biased)
      ways.push_back({.norm = biased,
                      .states = {{"running_mean", "running_mean"}, {"running_var_biased", "running_var"}},
                      .fuse = fuse,
                      .eval_y = "eval.y_biased"});
    ways.push_back({.norm = of_the_batch,
                    .states = {{"batch_mean", "running_mean"}, {"batch_var", "running_var"}},
                    .fuse = fuse,
                    .outputs = false});
  }
  return ways;
}

std::vector<Way> ways_of_online_norm(const VectorCase& vectors) {
  const OnlineNorm cold({.alpha = vectors.number("alpha_fwd"),
                         .alpha_backward = vectors.number("alpha_bkw"),
                         .epsilon = vectors.number("eps"),
                         .start = OnlineNormOptions::Start::cold,
                         .bounded = false});
  Way way{.norm = cold, .states = {{"mu", "mean"}, {"var", "var"}, {"u", "u"}, {"v", "v"}}};
  const std::string compensation = vectors.text("ecm");
  if (compensation == "ls") way.after = {LayerScaling({.epsilon = vectors.number("ls_eps")})};
  if (compensation == "ac") way.after = {ActivationClamp({.bound = vectors.number("clamp")})};
  if (compensation != "none" && way.after.empty()) return {};
  return fused_and_not(way);
}

// The bounds of each call, at as many steps as came before it.
Ramp ramp_of(const VectorArray& bounds) {
  std::vector<Ramp::Point> points;
  for (const double bound : bounds.values) points.push_back({static_cast<double>(points.size()), bound});
  return Ramp(points);
}

std::vector<Way> ways_of_batch_renorm(const VectorCase& vectors) {
  BatchRenormOptions options{.alpha = vectors.number("alpha"),
                             .epsilon = vectors.number("eps"),
                             .r_max = ramp_of(vectors.array("rmax")),
                             .d_max = ramp_of(vectors.array("dmax"))};
  std::vector<Way> ways = fused_and_not({.norm = BatchRenorm(options), .states = {{"mu", "mu"}, {"sigma", "sigma"}}});
  options.alpha = 1;
  ways.push_back({.norm = BatchRenorm(options), .states = {{"batch_mean", "mu"}, {"batch_sigma", "sigma"}}, .outputs = false});
  return ways;
}

std::vector<Way> ways_of_streaming_norm(const VectorCase& vectors) {
  const StreamingNorm layer({.forward = {.long_term = vectors.number("alpha1_long"),
                                         .short_term = vectors.number("alpha2_short"),
                                         .current = vectors.number("alpha3_current")},
                             .backward = {.long_term = vectors.number("beta1_long"),
                                          .short_term = vectors.number("beta2_short"),
                                          .current = vectors.number("beta3_current")},
                             .kappa_forward = vectors.number("kappa_fwd"),
                             .kappa_backward = vectors.number("kappa_bkw"),
                             .epsilon = vectors.number("eps")});
  Way way{.norm = layer};
  for (const std::string stream : {"mean", "std", "gmean", "gstd"})
    for (const std::string term : {"_long", "_short"}) way.finals["final." + stream + term] = stream + term;
  return fused_and_not(way);
}

// Layer norm has an affine parameter for every element.
std::vector<Way> ways_of_layer_norm(const VectorCase& vectors) {
  return fused_and_not({.norm = LayerNorm({.epsilon = vectors.number("eps")}), .affine = Per::element});
}

std::vector<Way> ways_of_group_norm(const VectorCase& vectors) {
  const int groups = static_cast<int>(vectors.number("groups"));
  std::vector<Way> ways = fused_and_not({.norm = GroupNorm(groups, {.epsilon = vectors.number("eps")})});
  if (groups == static_cast<int>(vectors.number("features")))
    ways.push_back({.norm = InstanceNorm({.epsilon = vectors.number("eps")})});
  return ways;
}

}  // namespace

std::vector<Way> ways_of(const VectorCase& vectors) {
  const std::string kind = vectors.text("kind");
  if (kind == "batch_norm") return ways_of_batch_norm(vectors);
  if (kind == "online_norm_1d" || kind == "online_norm_2d") return ways_of_online_norm(vectors);
  if (kind == "batch_renorm") return ways_of_batch_renorm(vectors);
  if (kind == "streaming_norm") return ways_of_streaming_norm(vectors);
  if (kind == "layer_norm") return ways_of_layer_norm(vectors);
  if (kind == "group_norm") return ways_of_group_norm(vectors);
  return {};
}

std::string kind_of(const VectorCase& vectors) {
  const std::string kind = vectors.text("kind");
  const bool compensated = kind.starts_with("online_norm") && vectors.text("ecm") != "none";
  return compensated ? kind + " + " + (vectors.text("ecm") == "ls" ? "layer scaling" : "clamp") : kind;
}

}  // namespace cambium
