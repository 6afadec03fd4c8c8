#include "apps/compare_norms/normalizers.h"

#include "apps/common/named.h"
#include "cambium/layers/activation/activation_clamp.h"
#include "cambium/layers/linear/affine.h"
#include "cambium/layers/normalization/batch_norm.h"
#include "cambium/layers/normalization/batch_renorm.h"
#include "cambium/layers/normalization/group_norm.h"
#include "cambium/layers/normalization/instance_norm.h"
#include "cambium/layers/normalization/layer_norm.h"
#include "cambium/layers/normalization/layer_scaling.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/layers/normalization/streaming_norm.h"
#include "cambium/layers/normalization/with_affine.h"

namespace compare_norms {

using namespace cambium;

namespace {

// Batch norm for the first half epoch; then the bounds open, as the paper's do over some tens of thousands of steps.
BatchRenorm opened_early(const Course& course) {
  const double from = 0.5 * course.steps_per_epoch, to = 1.5 * course.steps_per_epoch;
  return BatchRenorm({.r_max = {{from, 1}, {to, 3}}, .d_max = {{from, 0}, {to, 5}}});
}

}  // namespace

const std::vector<Normalizer>& normalizers() {
  static const std::vector<Normalizer> all = {
      {"none", "no normalization", false, [](const Course&) { return Chain(); }},
      {"batch_norm", "Ioffe, Szegedy 2015", false, [](const Course&) { return with_affine(BatchNorm()); }},
      {"batch_renorm", "Ioffe 2017, bounds opened over epochs 0.5 to 1.5", false,
       [](const Course& course) { return with_affine(opened_early(course)); }},
      {"streaming_norm", "Liao, Kawaguchi, Poggio 2016", false, [](const Course&) { return with_affine(StreamingNorm()); }},
      {"online_norm", "Chiley et al. 2019, with layer scaling", false,
       [](const Course&) { return Chain(with_affine(OnlineNorm()), LayerScaling()); }},
      {"online_norm_clamp", "the same with an activation clamp at 5 in place of layer scaling", false,
       [](const Course&) { return Chain(with_affine(OnlineNorm()), ActivationClamp(5)); }},
      {"layer_norm", "Ba, Kiros, Hinton 2016", false, [](const Course&) { return with_affine(LayerNorm()); }},
      {"group_norm", "Wu, He 2018, 4 groups", false, [](const Course&) { return with_affine(GroupNorm(4)); }},
      {"layer_scaling", "the root mean square of a sample alone", false,
       [](const Course&) { return Chain(LayerScaling(), Affine()); }},
      {"instance_norm", "Ulyanov, Vedaldi, Lempitsky 2016, after convolutions", true,
       [](const Course&) { return with_affine(InstanceNorm()); }},
  };
  return all;
}

const Normalizer& normalizer(const std::string& name) { return apps::named("norm", name, normalizers()); }

}  // namespace compare_norms
